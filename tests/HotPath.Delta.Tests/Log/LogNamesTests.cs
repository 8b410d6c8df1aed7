using HotPath.Delta.Log;

namespace HotPath.Delta.Tests.Log;

public sealed class LogNamesTests
{
    [Theory]
    [InlineData("00000000000000000012.json", "Commit", 12)]
    [InlineData("00000000000000000012.crc", "Checksum", 12)]
    [InlineData("00000000000000000012.checkpoint.parquet", "Checkpoint", 12)]
    [InlineData("00000000000000000012.checkpoint.0000000002.0000000003.parquet", "CheckpointPart", 12)]
    [InlineData("00000000000000000012.checkpoint.80a083e8-7026-4e79-81be-64bd76c43a11.json", "CheckpointUuid", 12)]
    [InlineData("00000000000000000012.checkpoint.80a083e8-7026-4e79-81be-64bd76c43a11.parquet", "CheckpointUuid", 12)]
    [InlineData("00000000000000000012.00000000000000000020.compacted.json", "Compacted", 12)]
    public void A_name_of_the_log_is_understood(string file, string kind, long version)
    {
        Assert.True(LogNames.TryParse("_delta_log/" + file, out var name));

        Assert.Equal(kind, name.Kind.ToString());
        Assert.Equal(version, name.Version);
    }

    [Theory]
    [InlineData("_last_checkpoint")]
    [InlineData("12.json")]
    [InlineData("00000000000000000012.json.tmp")]
    [InlineData(".00000000000000000012.json.crc")]
    [InlineData(".tmp-00000000000000000012.json")]
    [InlineData("0000000000000000001a.json")]
    [InlineData("+0000000000000000012.json")]
    [InlineData("00000000000000000012.checkpoint.0000000004.0000000003.parquet")]
    [InlineData("00000000000000000012.checkpoint.0000000000.0000000003.parquet")]
    [InlineData("00000000000000000012.checkpoint.not-a-uuid.parquet")]
    [InlineData("00000000000000000012.00000000000000000011.compacted.json")]
    [InlineData("99999999999999999999.json")]
    public void Any_other_name_is_passed_over(string file) => Assert.False(LogNames.TryParse("_delta_log/" + file, out _));

    [Fact]
    public void Versions_are_twenty_digits_so_that_names_sort_as_numbers()
    {
        Assert.Equal("_delta_log/00000000000000000007.json", LogNames.Commit(7));
        Assert.Equal("_delta_log/00000000000000000010.checkpoint.parquet", LogNames.Checkpoint(10));
        Assert.True(string.CompareOrdinal(LogNames.Commit(9), LogNames.Before(10)) < 0);
        Assert.True(string.CompareOrdinal(LogNames.Checkpoint(10), LogNames.Before(10)) > 0);
    }
}
