using System.CommandLine;
using HotPath.Cli;
using HotPath.Cli.Explain;
using HotPath.Cli.Reports;
using HotPath.Cli.RuleTests;
using HotPath.Cli.Watch;

var hotpath = new RootCommand("Takes machine readings, says when machines stopped and why, and keeps it all in Delta tables.")
{
    DemoCommand.Create(),
    RunCommand.Create(),
    CheckCommand.Create(),
    ReplayCommand.Create(),
    ExplainCommand.Create(),
    TestCommand.Create(),
    TableCommand.Create(),
    ReportCommand.Create(),
    TopCommand.Create(),
    TapCommand.Create(),
    JournalCommand.Create(),
};

var parsed = hotpath.Parse(args);

// Two seconds by default, after which the process ends in the middle of whatever it is finishing; `run` has its own bound of
// 30 s, within which the tables are flushed and the last snapshot is taken.
var patient = new InvocationConfiguration { ProcessTerminationTimeout = TimeSpan.FromMinutes(1) };
var exitCode = await parsed.InvokeAsync(patient);
return parsed.Errors.Count > 0 ? ExitCode.Usage : exitCode;
