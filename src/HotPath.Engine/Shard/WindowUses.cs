using System.Runtime.CompilerServices;
using HotPath.Engine.Rules.Compiled;

namespace HotPath.Engine.Shard;

/// <summary>
/// The window functions that some programs of a class use, each once, as places of their instructions. On the stack;
/// past its limit further ones are left out.
/// </summary>
internal struct WindowUses
{
    private const int CountMax = 64;

    private Places _places;

    public int Count { get; private set; }

    public readonly int this[int index] => _places[index];

    /// <summary>What the program that begins at an instruction uses; nothing for -1.</summary>
    public void AddProgram(MachineClass machineClass, int at)
    {
        if (at < 0)
        {
            return;
        }

        var steps = machineClass.Instructions;
        for (; steps[at].Opcode != Opcode.End && Count < CountMax; at++)
        {
            if (steps[at].Opcode == Opcode.Window && !Holds(steps, steps[at]))
            {
                _places[Count++] = at;
            }
        }
    }

    private readonly bool Holds(Instruction[] steps, in Instruction use)
    {
        for (var index = 0; index < Count; index++)
        {
            if (steps[_places[index]] == use)
            {
                return true;
            }
        }

        return false;
    }

    [InlineArray(CountMax)]
    private struct Places
    {
        private int _first;
    }
}
