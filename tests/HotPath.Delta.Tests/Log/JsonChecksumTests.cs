using System.Text.Json;
using HotPath.Delta.Log;

namespace HotPath.Delta.Tests.Log;

public sealed class JsonChecksumTests
{
    [Fact]
    public void The_canonical_form_sorts_quotes_and_encodes()
    {
        using var document = JsonDocument.Parse(
            """{"k0":"'v 0'","checksum":"left out","k1":{"k2":2,"k3":["v3",[1,2],{"k4":"v4","k5":["v5","v6","v7"]}]}}""");

        Assert.Equal(
            "\"k0\"=\"%27v%200%27\",\"k1\"+\"k2\"=2,\"k1\"+\"k3\"+0=\"v3\",\"k1\"+\"k3\"+1+0=1,\"k1\"+\"k3\"+1+1=2,"
            + "\"k1\"+\"k3\"+2+\"k4\"=\"v4\",\"k1\"+\"k3\"+2+\"k5\"+0=\"v5\",\"k1\"+\"k3\"+2+\"k5\"+1=\"v6\","
            + "\"k1\"+\"k3\"+2+\"k5\"+2=\"v7\"",
            JsonChecksum.Canonical(document.RootElement));
    }

    [Fact]
    public void The_digest_is_that_of_the_protocol_s_example()
    {
        using var document = JsonDocument.Parse(
            """{"k0":"'v 0'","checksum":"adsaskfljadfkjadfkj","k1":{"k2":2,"k3":["v3",[1,2],{"k4":"v4","k5":["v5","v6","v7"]}]}}""");

        Assert.Equal("6a92d155a59bf2eecbd4b4ec7fd1f875", JsonChecksum.Of(document.RootElement));
    }

    [Fact]
    public void A_hint_with_a_wrong_checksum_is_no_hint()
    {
        var hint = new LastCheckpoint(42) { Size = 7, SizeInBytes = 1234, NumOfAddFiles = 3 }.ToJson();
        var damaged = hint.ToArray();
        damaged[damaged.AsSpan().IndexOf("42"u8)] = (byte)'5';

        Assert.Equal(42, LastCheckpoint.TryParse(hint)?.Version);
        Assert.Null(LastCheckpoint.TryParse(damaged));
        Assert.Null(LastCheckpoint.TryParse("{\"version\":"u8.ToArray()));
        Assert.Equal(9, LastCheckpoint.TryParse("{\"version\":9,\"size\":2,\"unknown\":{}}"u8.ToArray())?.Version);
    }
}
