using HotPath.TestKit.Reference;

namespace HotPath.Engine.Tests.Shard;

/// <summary>A test that needs the shared recordings beside the repository; skipped with a plain message where they are absent.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class SharedFactAttribute : FactAttribute
{
    public SharedFactAttribute()
    {
        if (SharedData.Directory is null)
        {
            Skip = "needs the recordings in ../shared, which are not here";
        }
    }
}
