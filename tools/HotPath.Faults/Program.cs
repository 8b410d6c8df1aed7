using HotPath.Faults.Cli;

return new FaultCommands().Build().Parse(args).Invoke();
