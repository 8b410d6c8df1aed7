using System.Net;
using HotPath.Configuration;

namespace HotPath.Tests.Configuration;

public sealed class ConfigurationValuesTests
{
    [Theory]
    [InlineData("250us", 2_500)]
    [InlineData("50ms", 500_000)]
    [InlineData("1.5s", 15_000_000)]
    [InlineData("2 m", 1_200_000_000)]
    [InlineData("24h", 864_000_000_000)]
    [InlineData("7d", 6_048_000_000_000)]
    [InlineData("0s", 0)]
    public void A_duration_is_one_number_and_one_unit(string text, long ticks)
    {
        Assert.True(ConfigurationValues.TryDuration(text, out var duration));
        Assert.Equal(ticks, duration.Ticks);
    }

    [Theory]
    [InlineData("30")]
    [InlineData("s")]
    [InlineData("")]
    [InlineData("-1s")]
    [InlineData("1h30m")]
    [InlineData("1w")]
    [InlineData("0.00001us")]
    [InlineData("99999999999999999999d")]
    [InlineData("1.2.3s")]
    public void Anything_else_is_no_duration(string text)
    {
        Assert.False(ConfigurationValues.TryDuration(text, out _));
    }

    [Theory]
    [InlineData(0, "0s")]
    [InlineData(2_500, "250us")]
    [InlineData(15_000_000, "1500ms")]
    [InlineData(864_000_000_000, "1d")]
    public void A_duration_is_shown_in_its_longest_exact_unit(long ticks, string text)
    {
        Assert.Equal(text, ConfigurationValues.Text(TimeSpan.FromTicks(ticks)));
    }

    [Theory]
    [InlineData("134217728", 134_217_728)]
    [InlineData("128MiB", 134_217_728)]
    [InlineData("1.5 kB", 1_500)]
    public void Bytes_may_carry_a_unit(string text, long bytes)
    {
        Assert.True(ConfigurationValues.TryBytes(text, out var read));
        Assert.Equal(bytes, read);
    }

    [Theory]
    [InlineData("127.0.0.1:80", "127.0.0.1", 80)]
    [InlineData("localhost:0", "127.0.0.1", 0)]
    [InlineData("*:65535", "0.0.0.0", 65535)]
    [InlineData("[::1]:8080", "::1", 8080)]
    public void An_address_has_a_host_and_a_port(string text, string host, int port)
    {
        Assert.True(ConfigurationValues.TryAddress(text, out var address));
        Assert.Equal(new IPEndPoint(IPAddress.Parse(host), port), address);
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData(":80")]
    [InlineData("::1:80")]
    [InlineData("plant-7:80")]
    [InlineData("127.0.0.1:65536")]
    public void Anything_else_is_no_address(string text)
    {
        Assert.False(ConfigurationValues.TryAddress(text, out _));
    }

    [Theory]
    [InlineData("listn", "listen")]
    [InlineData("Listen", "listen")]
    [InlineData("lsiten", "listen")]
    [InlineData("temperature", null)]
    [InlineData("x", null)]
    public void The_nearest_key_is_offered_only_when_it_is_near(string written, string? nearest)
    {
        Assert.Equal(nearest, NearestKey.Find(written, ["listen", "keys", "certificate"]));
    }
}
