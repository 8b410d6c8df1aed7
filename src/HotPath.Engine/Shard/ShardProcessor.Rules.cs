using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;
using HotPath.Engine.Ring;
using HotPath.Engine.Rules.Compiled;

namespace HotPath.Engine.Shard;

/// <summary>
/// Other rules at one place in the order (RULES.md, "Changing rules while readings flow"): machines that are due and those
/// whose rules are not the same are worked on, in the order of their indexes; all others are passed by.
/// </summary>
internal sealed unsafe partial class ShardProcessor
{
    private const int MachinesAhead = 16;

    private void ExchangeRules(in Slot slot, CompiledRules next)
    {
        _clock.Take(slot.ReceivedAtMicros, isStart: false);
        Pass(WatermarkGroup.None, WatermarkGroup.None);
        _exchange.Begin(_rules, next);
        SortForExchange();
        for (var index = 0; index < _inOrder.Count; index++)
        {
            FetchForExchange(index);
            var machine = &_machines.Items[(int)_inOrder[index]];
            var watermark = _watermarks.Of(machine);
            machine->IsListed = false;
            Advance(machine, watermark);
            if (!_exchange.LeavesAlone(machine))
            {
                _exchange.Exchange(machine, watermark);
            }

            _watermarks.Schedule(machine, watermark);
        }

        _rules = next;
        _watermarks.SettleAll();
    }

    // Machines that are due, and those that get other rules. Mostly they were first heard of in the order of their
    // indexes, and then they stand in order already.
    private void SortForExchange()
    {
        _inOrder.Clear();
        var isInOrder = true;
        var last = -1L;
        for (var place = 0; place < _machines.Count; place++)
        {
            var machine = &_machines.Items[place];
            if (machine->IsListed || !_exchange.LeavesAlone(machine))
            {
                var order = OrderOf(place);
                isInOrder &= order > last;
                last = order;
                _inOrder.Add(order);
            }
        }

        if (!isInOrder)
        {
            _inOrder.Span.Sort();
        }
    }

    // Safe because a prefetch never faults. Worth it: RuleChangeCost.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void FetchForExchange(int index)
    {
        if (Sse.IsSupported && index + MachinesAhead < _inOrder.Count)
        {
            Sse.Prefetch0(&_machines.Items[(int)_inOrder[index + MachinesAhead]]);
            var next = &_machines.Items[(int)_inOrder[index + (MachinesAhead / 2)]];
            _exchange.Fetch(next);
        }
    }
}
