using HotPath.Engine.Names;

namespace HotPath.Engine.Decode;

/// <summary>
/// Flag names as bits: up to 16 different names are kept per installation, further ones are passed over. Belongs to
/// one decoder and its thread.
/// </summary>
internal sealed class FlagSets(NameDirectory flags)
{
    /// <summary>The bit of a flag's name, or 0 for one that cannot be kept.</summary>
    public ushort BitOf(Utf8Text name, long firstSeenMicros)
    {
        var trimmed = name.Trimmed();
        if (trimmed.Bytes == 0)
        {
            return 0;
        }

        var isKnown = flags.TryFind(trimmed.Span, out var index)
            || (flags.Count < EngineLimits.FlagCountMax
                && flags.TryIntern(trimmed.Span, firstSeenMicros, out index) is InternOutcome.Known or InternOutcome.Added);
        return isKnown ? (ushort)(1 << index) : (ushort)0;
    }
}
