using HotPath.Delta.Log;

namespace HotPath.Delta.Tests.Log;

/// <summary>Column p throughout. The first three columns of each case: the value, its directory, the path in the log.</summary>
public sealed class PathEncodingTests
{
    [Theory]
    [InlineData("x:y%z", "p=x%3Ay%25z", "p=x%253Ay%2525z")]
    [InlineData("bar+%21", "p=bar+%2521", "p=bar+%252521")]
    [InlineData("a b", "p=a b", "p=a%20b")]
    [InlineData("a/b", "p=a%2Fb", "p=a%252Fb")]
    [InlineData("{x}", "p=%7Bx}", "p=%257Bx%7D")]
    [InlineData("<&>|", "p=<&>|", "p=%3C&%3E%7C")]
    [InlineData("2026-11-20", "p=2026-11-20", "p=2026-11-20")]
    [InlineData("größe", "p=größe", "p=größe")]
    [InlineData("tab\tline\n", "p=tab%09line%0A", "p=tab%2509line%250A")]
    [InlineData("'\"#*?\\[]^=", "p=%27%22%23%2A%3F%5C%5B%5D%5E%3D", "p=%2527%2522%2523%252A%253F%255C%255B%255D%255E%253D")]
    [InlineData("`", "p=`", "p=%60")]
    [InlineData(null, "p=__HIVE_DEFAULT_PARTITION__", "p=__HIVE_DEFAULT_PARTITION__")]
    [InlineData("", "p=__HIVE_DEFAULT_PARTITION__", "p=__HIVE_DEFAULT_PARTITION__")]
    public void A_value_is_encoded_for_the_directory_and_the_directory_for_the_log(string? value, string directory, string path)
    {
        var segment = PathEncoding.DirectorySegment("p", value);

        Assert.Equal(directory, segment);
        Assert.Equal(path, PathEncoding.Encode(segment));
        Assert.Equal(directory, PathEncoding.Decode(path));
    }

    [Theory]
    [InlineData("p=gr%C3%B6%C3%9Fe/f", "p=größe/f")]
    [InlineData("a+b", "a+b")]
    [InlineData("100%", "100%")]
    [InlineData("%zz%4", "%zz%4")]
    [InlineData("%e2%82%ac", "€")]
    public void A_path_is_decoded_exactly_once(string path, string decoded) =>
        Assert.Equal(decoded, PathEncoding.Decode(path));
}
