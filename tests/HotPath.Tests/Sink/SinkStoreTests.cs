using System.Diagnostics;
using HotPath.Configuration;
using HotPath.Delta.Columns;
using HotPath.Delta.Tests.Storage;
using HotPath.Sink;
using HotPath.TestKit;

namespace HotPath.Tests.Sink;

/// <summary>The tables of a sink in an object store, reached as the configuration says, and shown by <c>hotpath table</c>.</summary>
public sealed class SinkStoreTests : IDisposable
{
    private const string Location = "s3://plant/tables";

    private readonly S3StandIn _server = new() { PageKeys = 1000 };
    private readonly TemporaryDirectory _directory = new();

    public SinkStoreTests()
    {
        // The usual chain of credentials: the environment comes first in it.
        Environment.SetEnvironmentVariable("AWS_ACCESS_KEY_ID", "key");
        Environment.SetEnvironmentVariable("AWS_SECRET_ACCESS_KEY", "secret");
    }

    [Fact]
    public async Task Endpoint_and_encryption_of_the_configuration_reach_the_store()
    {
        var configuration = new HotPathConfiguration
        {
            Data = _directory.Path,
            Delta = new DeltaOptions
            {
                Location = Location,
                Retention = TimeSpan.FromDays(2),
                TargetFileBytes = 1 << 20,
                S3 = new DeltaS3Options { Endpoint = _server.Endpoint, Region = "eu-central-1", Encryption = "AES256" },
            },
        };
        var options = configuration.ToSinkOptions();
        using (var tables = await SinkTables.OpenAsync(options, Guid.Empty, mayCreate: true, new StepClock(), default))
        {
            var rows = new ColumnBatch(
                [
                    ColumnVector.Integers(new[] { 0 }),
                    ColumnVector.Codes(new[] { 0 }, "m1"u8.ToArray(), new[] { 0, 2 }),
                    ColumnVector.Longs(new[] { 1L }),
                ],
                1);
            await tables.Equipment.AppendAsync([(0, [rows])], 1, default);
        }

        Assert.Equal((1L << 20, "AES256", "eu-central-1"), (options.TargetFileBytes, options.S3!.ServerSideEncryption, options.S3.Region));
        Assert.Contains("tables/equipment/_delta_log/00000000000000000001.json", _server.Keys);
        Assert.Equal(8, _server.Keys.Count(static key => key.EndsWith("/_delta_log/00000000000000000000.json", StringComparison.Ordinal)));
        Assert.Equal(
            "{\"index\":0,\"id\":\"m1\",\"first_seen\":\"1970-01-01T00:00:00.000001Z\"}\n",
            await TableAsync("read", $"{Location}/equipment", "--s3-endpoint", _server.Endpoint));
        Assert.Contains(
            "interval 172800000 milliseconds",
            await TableAsync("show", $"{Location}/readings", "--json", "--s3-endpoint", _server.Endpoint),
            StringComparison.Ordinal);
    }

    public void Dispose()
    {
        _directory.Dispose();
        _server.Dispose();
    }

    private static async Task<string> TableAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "hotpath.dll"), "table", .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, await errors);
        return output;
    }
}
