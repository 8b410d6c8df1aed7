using System.Net;
using HotPath.Kinesis;

namespace HotPath.Tests.Kinesis;

public sealed class KinesisOptionsTests
{
    private static readonly IPEndPoint Anywhere = new(IPAddress.Any, 4568);

    [Fact]
    public void What_is_configured_by_default_may_run() => new KinesisOptions().Check();

    [Fact]
    public void Beyond_loopback_signatures_must_be_verified()
    {
        Assert.Throws<KinesisConfigurationException>(() => new KinesisOptions { Listen = Anywhere }.Check());
        Assert.Throws<KinesisConfigurationException>(
            () => new KinesisOptions { Listen = Anywhere, KeysPath = "k", AuthMode = KinesisAuthMode.Accept }.Check());
        new KinesisOptions { Listen = Anywhere, KeysPath = "k" }.Check();
    }

    [Fact]
    public void Contradictions_are_refused()
    {
        Assert.Throws<KinesisConfigurationException>(
            () => new KinesisOptions { Streams = [new() { Name = "a" }, new() { Name = "a" }] }.Check());
        Assert.Throws<KinesisConfigurationException>(
            () => new KinesisOptions { Streams = [new() { Name = "no name" }] }.Check());
        Assert.Throws<KinesisConfigurationException>(
            () => new KinesisOptions { Streams = [new() { Shards = 0 }] }.Check());
        Assert.Throws<KinesisConfigurationException>(() => new KinesisOptions { StreamTransitionMs = -1 }.Check());
        Assert.Throws<KinesisConfigurationException>(
            () => new KinesisOptions { Limits = new() { BodyBytesMax = 1024 } }.Check());
    }
}
