using System.Collections;
using System.CommandLine;
using System.Runtime.InteropServices;
using HotPath.Configuration;
using HotPath.Kinesis;

namespace HotPath.Cli;

/// <summary><c>hotpath run</c>: the service, until SIGTERM or Ctrl+C; SIGHUP reads the rules, certificates and access keys again.</summary>
internal static class RunCommand
{
    private const string DefaultPath = "hotpath.yaml";
    private static readonly TimeSpan RulesWatchInterval = TimeSpan.FromSeconds(1);

    public static Command Create()
    {
        var config = new Option<string?>("--config") { Description = $"Configuration; {DefaultPath} if it is there, else the defaults" };
        var command = new Command("run", "The service.") { config };
        command.SetAction((parsed, _) => RunAsync(parsed.GetValue(config)));
        return command;
    }

    /// <summary>The environment as configuration reads it.</summary>
    public static Dictionary<string, string> EnvironmentVariables() => Environment.GetEnvironmentVariables()
        .Cast<DictionaryEntry>()
        .ToDictionary(entry => (string)entry.Key, entry => (string?)entry.Value ?? "", StringComparer.Ordinal);

    private static async Task<int> RunAsync(string? path)
    {
        path ??= File.Exists(DefaultPath) ? DefaultPath : null;
        if (!HotPathConfiguration.TryLoad(path, EnvironmentVariables(), [], out var configuration, out var faults))
        {
            return Refuse(faults.Select(fault => fault.ToString()));
        }

        var hasRules = RuleFiles.TryLoad(configuration.Rules, out var rules, out var ruleFaults);
        using var logs = StandardErrorLogs.Create();
        var log = logs.CreateLogger("hotpath");
        try
        {
            await using var pipeline = await Pipeline.StartAsync(configuration, hasRules ? rules : null, ruleFaults, logs);
            Announce(pipeline, log);
            return await UntilStoppedAsync(pipeline, log);
        }
        catch (RulesRefusedException refused)
        {
            return Refuse(refused.Faults);
        }
        catch (Exception fault) when (StartFault.IsTold(fault))
        {
            log.LogCritical("{Problem}", fault.Message);
            return ExitCode.Failed;
        }
    }

    private static int Refuse(IEnumerable<string> faults)
    {
        foreach (var fault in faults)
        {
            Console.Error.WriteLine(fault);
        }

        return ExitCode.Configuration;
    }

    private static void Announce(Pipeline pipeline, ILogger log)
    {
        var recovered = pipeline.Engine.Recovered;
        var journal = pipeline.Engine.Journal.Recovery;
        foreach (var passedOver in recovered.PassedOver)
        {
            log.LogWarning("A snapshot was passed over: {Problem}.", passedOver);
        }

        log.LogInformation(
            "Went on from {Begin} and replayed {Slots} slots; torn tail {TornBytes} bytes cut, {Damages} damaged ranges.",
            recovered.SnapshotLsn < 0 ? "the journal's begin" : $"the snapshot of LSN {recovered.SnapshotLsn}",
            recovered.SlotCount, journal.TornBytes, recovered.Damages.Count + journal.Damages.Count);
        foreach (var udp in pipeline.Udp)
        {
            log.LogInformation("UDP on {Address}.", udp.Receiver.Local);
        }

        if (pipeline.Kinesis is { } kinesis)
        {
            log.LogInformation("Kinesis-compatible endpoint on {Address}.", kinesis.LocalEndPoint);
        }

        log.LogInformation("The page: http://{Address}/", pipeline.Http.Address);
    }

    private static async Task<int> UntilStoppedAsync(Pipeline pipeline, ILogger log)
    {
        var stop = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        void OnStop(PosixSignalContext context)
        {
            context.Cancel = true;
            stop.TrySetResult();
        }

        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnStop);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, OnStop);
        using var hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, context =>
        {
            context.Cancel = true;
            _ = ReloadAsync(pipeline);
            pipeline.Http.ReloadCertificate();
            ReloadAccessKeys(pipeline, log);
        });
        using var watching = new CancellationTokenSource();
        var watch = WatchRulesAsync(pipeline, watching.Token);

        var ended = await Task.WhenAny(stop.Task, pipeline.Failed);
        await watching.CancelAsync();
        await watch;
        await pipeline.StopAsync();
        return ended == stop.Task ? ExitCode.Good : ExitCode.Failed;
    }

    private static void ReloadAccessKeys(Pipeline pipeline, ILogger log)
    {
        try
        {
            pipeline.Kinesis?.ReloadKeys();
        }
        catch (KinesisConfigurationException refused)
        {
            log.LogError("The access keys stay as they were. {Problem}", refused.Message);
        }
    }

    private static async Task WatchRulesAsync(Pipeline pipeline, CancellationToken stop)
    {
        using var pause = new PeriodicTimer(RulesWatchInterval);
        var stamp = RuleFiles.StampOf(pipeline.Configuration.Rules);
        while (!stop.IsCancellationRequested)
        {
            var stampNow = RuleFiles.StampOf(pipeline.Configuration.Rules);
            if (stampNow != stamp)
            {
                stamp = stampNow;
                await ReloadAsync(pipeline);
            }

            try
            {
                await pause.WaitForNextTickAsync(stop);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    /// <summary>Whole or not at all: with a fault the last good document stays in force.</summary>
    private static async Task ReloadAsync(Pipeline pipeline)
    {
        if (RuleFiles.TryLoad(pipeline.Configuration.Rules, out var rules, out var faults))
        {
            await pipeline.Book.TakeFilesAsync(rules, CancellationToken.None);
            return;
        }

        pipeline.Book.RefuseFiles(faults);
    }
}
