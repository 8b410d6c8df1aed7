namespace HotPath.LoadGenerator.Truth;

/// <summary>What a condition comes to.</summary>
internal enum Verdict : byte
{
    False,
    True,
    Unknown,
}
