using System.CommandLine;
using HotPath.Cli;
using HotPath.Cli.Explain;
using HotPath.Cli.RuleTests;

var hotpath = new RootCommand("Takes machine readings, says when machines stopped and why, and keeps it all in Delta tables.")
{
    DemoCommand.Create(),
    RunCommand.Create(),
    CheckCommand.Create(),
    ReplayCommand.Create(),
    ExplainCommand.Create(),
    TestCommand.Create(),
    TableCommand.Create(),
    JournalCommand.Create(),
};

var parsed = hotpath.Parse(args);
var exitCode = await parsed.InvokeAsync();
return parsed.Errors.Count > 0 ? ExitCode.Usage : exitCode;
