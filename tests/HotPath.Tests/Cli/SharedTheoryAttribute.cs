using HotPath.TestKit.Reference;

namespace HotPath.Tests.Cli;

/// <summary>A theory that needs the shared recordings beside the repository; skipped with a plain message where they are absent.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class SharedTheoryAttribute : TheoryAttribute
{
    public SharedTheoryAttribute()
    {
        if (SharedData.Directory is null)
        {
            Skip = "needs the recordings in ../shared, which are not here";
        }
    }
}
