using HotPath.LoadGenerator.Cli;

const int Usage = 2;

try
{
    var parsed = new LoadCommands().Build().Parse(args);
    var exit = parsed.Invoke(new() { EnableDefaultExceptionHandler = false });
    return parsed.Errors.Count > 0 ? Usage : exit;
}
catch (UsageFault fault)
{
    Console.Error.WriteLine($"hotpath-load: {fault.Message}");
    return Usage;
}
