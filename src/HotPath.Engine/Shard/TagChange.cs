using HotPath.Engine.Ring;
using HotPath.Engine.Rules.Compiled;

namespace HotPath.Engine.Shard;

/// <summary>
/// Finds the cases whose verdict can differ because one tag changed within an instant: what reads the tag in general,
/// and of the simple cases those whose constants lie between the old value and the new. The shard thread only.
/// </summary>
internal readonly unsafe ref struct TagChange(MachineClass machineClass, InstantMarks cases)
{
    private readonly MachineClass _class = machineClass;
    private readonly InstantMarks _cases = cases;

    /// <param name="slot">The tag.</param>
    /// <param name="old">As it was at the last evaluation.</param>
    /// <param name="oldNowMicros">When that was.</param>
    /// <param name="tag">As it is.</param>
    /// <param name="nowMicros">This instant.</param>
    /// <param name="hasNewNumber">A good number was applied: windows have changed.</param>
    public void Mark(
        int slot, in TagState old, long oldNowMicros, in TagState tag, long nowMicros, bool hasNewNumber)
    {
        ref readonly var part = ref _class.Tags[slot];
        var oldAgeMicros = oldNowMicros - old.SeenAtMicros;
        var wasStale = old.IsSeen && oldAgeMicros >= part.LimitMicrosMin;
        var (oldKind, newKind) = (old.KnownKind, tag.KnownKind);
        if (oldKind != newKind || old.ValueBits != tag.ValueBits || wasStale || !old.IsSeen)
        {
            _cases.Mark(_class.CaseList(part.GeneralCases));
        }
        else if (hasNewNumber)
        {
            _cases.Mark(_class.CaseList(part.WindowCases));
        }

        for (var channel = part.Channels.First; channel < part.Channels.End; channel++)
        {
            ref readonly var channelPart = ref _class.Channels[channel];
            var seenKind = wasStale && oldAgeMicros >= channelPart.StaleAfterMicros ? ValueKind.None : oldKind;
            var kind = nowMicros - tag.SeenAtMicros >= channelPart.StaleAfterMicros ? ValueKind.None : newKind;
            MarkChannel(channelPart, seenKind, old.ValueBits, kind, tag.ValueBits);
        }
    }

    /// <summary>Notes between which constants the number lies. Nothing else may depend on it.</summary>
    public void Learn(int slot, TagState* tag)
    {
        ref readonly var part = ref _class.Tags[slot];
        if (part.GeneralCases.Count > 0)
        {
            return;
        }

        var value = BitConverter.Int64BitsToDouble(tag->ValueBits);
        var (low, high) = (double.NegativeInfinity, double.PositiveInfinity);
        for (var channel = part.Channels.First; channel < part.Channels.End; channel++)
        {
            ref readonly var channelPart = ref _class.Channels[channel];
            Narrow(channelPart.AtLow, value, ref low, ref high);
            Narrow(channelPart.AtHigh, value, ref low, ref high);
            Narrow(channelPart.EqualNumbers, value, ref low, ref high);
        }

        (tag->QuietLow, tag->QuietHigh) = (low, high);
    }

    private void Narrow(Run run, double value, ref double low, ref double high)
    {
        var values = _class.ThresholdValues.AsSpan(run.First, run.Count);
        var at = FirstAtLeast(values, value);
        low = at > 0 ? Math.Max(low, values[at - 1]) : low;
        if (at < values.Length)
        {
            // On a constant itself no side is safe.
            low = values[at] == value ? value : low;
            high = Math.Min(high, values[at]);
        }
    }

    private void MarkChannel(in ClassChannel channel, ValueKind oldKind, long oldBits, ValueKind kind, long bits)
    {
        if (oldKind != kind || (kind == ValueKind.Bool && oldBits != bits))
        {
            _cases.Mark(_class.CaseList(channel.Cases));
        }
        else if (kind == ValueKind.Number && oldBits != bits)
        {
            MarkNumbers(channel, BitConverter.Int64BitsToDouble(oldBits), BitConverter.Int64BitsToDouble(bits));
        }
        else if (kind == ValueKind.Symbol && oldBits != bits)
        {
            MarkEqual(channel.EqualSymbols, oldBits);
            MarkEqual(channel.EqualSymbols, bits);
        }
    }

    private void MarkNumbers(in ClassChannel channel, double old, double value)
    {
        var (low, high) = old < value ? (old, value) : (value, old);
        if (channel.AtLow.Count > 0)
        {
            // Constants with low <= constant < high.
            var values = _class.ThresholdValues.AsSpan(channel.AtLow.First, channel.AtLow.Count);
            for (var at = FirstAtLeast(values, low); at < values.Length && values[at] < high; at++)
            {
                _cases.Mark(_class.ThresholdCases[channel.AtLow.First + at]);
            }
        }

        if (channel.AtHigh.Count > 0)
        {
            // Constants with low < constant <= high, from above.
            var values = _class.ThresholdValues.AsSpan(channel.AtHigh.First, channel.AtHigh.Count);
            for (var at = FirstAbove(values, high) - 1; at >= 0 && values[at] > low; at--)
            {
                _cases.Mark(_class.ThresholdCases[channel.AtHigh.First + at]);
            }
        }

        MarkEqual(channel.EqualNumbers, old);
        MarkEqual(channel.EqualNumbers, value);
    }

    private void MarkEqual(Run run, double value)
    {
        if (run.Count == 0)
        {
            return;
        }

        var values = _class.ThresholdValues.AsSpan(run.First, run.Count);
        for (var at = FirstAtLeast(values, value); at < values.Length && values[at] == value; at++)
        {
            _cases.Mark(_class.ThresholdCases[run.First + at]);
        }
    }

    private static int FirstAtLeast(ReadOnlySpan<double> values, double value)
    {
        int first = 0, count = values.Length;
        while (count > 0)
        {
            var half = count >> 1;
            var isBelow = values[first + half] < value;
            first = isBelow ? first + half + 1 : first;
            count = isBelow ? count - half - 1 : half;
        }

        return first;
    }

    private static int FirstAbove(ReadOnlySpan<double> values, double value)
    {
        int first = 0, count = values.Length;
        while (count > 0)
        {
            var half = count >> 1;
            var isNotAbove = values[first + half] <= value;
            first = isNotAbove ? first + half + 1 : first;
            count = isNotAbove ? count - half - 1 : half;
        }

        return first;
    }
}
