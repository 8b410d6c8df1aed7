using HotPath.LoadGenerator.Cli;

const int Usage = 2;

var parsed = new LoadCommands().Build().Parse(args);
try
{
    if (parsed.Errors.Count == 0)
    {
        return parsed.Invoke(new() { EnableDefaultExceptionHandler = false });
    }

    foreach (var error in parsed.Errors)
    {
        Console.Error.WriteLine($"hotpath-load: {error.Message}");
    }
}
catch (UsageFault fault)
{
    Console.Error.WriteLine($"hotpath-load: {fault.Message}");
}

Console.Error.WriteLine("hotpath-load --help, or a command with --help, says what can be asked for.");
return Usage;
