using HotPath.Benchmarks.Commands;
using HotPath.Benchmarks.Results;

BenchResult.IsRecording = args.Contains(BenchResult.RecordFlag);
return BenchCommands.Run([.. args.Where(word => word != BenchResult.RecordFlag)]);
