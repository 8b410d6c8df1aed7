using HotPath.Kinesis;
using HotPath.Kinesis.Signing;

namespace HotPath.Tests.Kinesis;

public sealed class AccessKeysTests
{
    [Fact]
    public void A_credentials_file_of_the_aws_tools_is_understood()
    {
        var keys = AccessKeys.Parse(
            [
                "# plant 3", "[press-hall]", "aws_access_key_id = HPONE", "aws_secret_access_key=one=secret", "",
                "[ lab ]", "; temporary", "aws_access_key_id = HPTWO", "aws_secret_access_key = two", "aws_session_token = t",
            ],
            "keys");

        Assert.Equal(2, keys.Count);
        Assert.True(keys.TryGet("HPONE", out var one));
        Assert.Equal("one=secret", one.Secret);
        Assert.Null(one.SessionToken);
        Assert.True(keys.TryGet("HPTWO", out var two));
        Assert.Equal(("lab", "t"), (two.Name, two.SessionToken));
    }

    [Theory]
    [InlineData("holds no access key")]
    [InlineData("line 1 is not understood", "aws_access_key_id = HPONE")]
    [InlineData("line 2 is not understood", "[a]", "aws_secret = x")]
    [InlineData("lacks", "[a]", "aws_access_key_id = HPONE")]
    [InlineData("stands twice", "[a]", "aws_access_key_id = K", "aws_secret_access_key = s", "[b]", "aws_access_key_id = K", "aws_secret_access_key = t")]
    public void A_file_that_is_not_understood_is_refused_without_telling_secrets(string problem, params string[] lines)
    {
        var fault = Assert.Throws<KinesisConfigurationException>(() => AccessKeys.Parse(lines, "keys"));

        Assert.Contains(problem, fault.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("= s", fault.Message, StringComparison.Ordinal);
    }
}
