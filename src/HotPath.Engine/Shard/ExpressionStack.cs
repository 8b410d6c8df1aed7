using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using HotPath.Engine.Ring;
using HotPath.Engine.Rules.Compiled;
using HotPath.Engine.Rules.Expressions;

namespace HotPath.Engine.Shard;

/// <summary>
/// Runs compiled expressions over the tags and windows of one machine at one instant. The shard thread only. Its stack
/// is as deep as the deepest program of any class it was prepared for.
/// </summary>
internal sealed unsafe class ExpressionStack(NativePool pool)
{
    private Value* _stack;
    private int _depthMax;

    public void Prepare(MachineClass machineClass)
    {
        if (machineClass.StackDepthMax > _depthMax)
        {
            _stack = (Value*)pool.Grow(_stack, (long)_depthMax * sizeof(Value), (long)machineClass.StackDepthMax * sizeof(Value));
            _depthMax = machineClass.StackDepthMax;
        }
    }

    /// <summary>The verdict of a condition: what is no bool is unknown.</summary>
    public Kleene Run(MachineClass machineClass, int start, Machine* machine, long nowMicros)
    {
        // Safe because every program ends with End and fits the stack: both are made by ProgramWriter. Worth it: it
        // is the inner loop of every case.
        ref var first = ref MemoryMarshal.GetArrayDataReference(machineClass.Instructions);
        var top = _stack - 1;
        for (var at = start; ; at++)
        {
            ref readonly var step = ref Unsafe.Add(ref first, at);
            switch (step.Opcode)
            {
                case Opcode.End:
                    return top->AsKleene();
                case Opcode.Literal:
                    *++top = new Value((ValueKind)step.Detail, step.Bits);
                    break;
                case Opcode.Tag:
                    *++top = TagValue(&machine->Tags[step.Operand], step.Bits, nowMicros);
                    break;
                case Opcode.Stale:
                    *++top = StaleTest(&machine->Tags[step.Operand], step.Bits, nowMicros);
                    break;
                case Opcode.Window:
                    *++top = WindowValue(machineClass, step, machine, nowMicros);
                    break;
                case Opcode.Not:
                    *top = Value.Of(Not(top->AsKleene()));
                    break;
                case Opcode.Negate:
                    *top = top->Kind == ValueKind.Number ? Value.Of(-top->Number) : default;
                    break;
                case Opcode.JumpIfFalse:
                    at = top->AsKleene() == Kleene.False ? step.Operand - 1 : at;
                    break;
                case Opcode.JumpIfTrue:
                    at = top->AsKleene() == Kleene.True ? step.Operand - 1 : at;
                    break;
                default:
                    top--;
                    Join(step.Opcode, top, top + 1);
                    break;
            }
        }
    }

    private static void Join(Opcode opcode, Value* left, Value* right)
    {
        switch (opcode)
        {
            case Opcode.And:
                *left = Value.Of(And(left->AsKleene(), right->AsKleene()));
                break;
            case Opcode.Or:
                *left = Value.Of(Or(left->AsKleene(), right->AsKleene()));
                break;
            case Opcode.Equal:
                *left = Value.Of(Equal(left, right));
                break;
            case Opcode.NotEqual:
                *left = Value.Of(Not(Equal(left, right)));
                break;
            case Opcode.IsItem:
                // Below the verdict so far stands what is looked for.
                *left = Value.Of(Or(left->AsKleene(), Equal(left - 1, right)));
                break;
            case Opcode.DropLeft:
                *left = *right;
                break;
            default:
                *left = left->Kind == ValueKind.Number && right->Kind == ValueKind.Number
                    ? OfNumbers(opcode, left->Number, right->Number)
                    : default;
                break;
        }
    }

    private static Value OfNumbers(Opcode opcode, double left, double right) => opcode switch
    {
        Opcode.Less => Value.Of(left < right),
        Opcode.LessOrEqual => Value.Of(left <= right),
        Opcode.Greater => Value.Of(left > right),
        Opcode.GreaterOrEqual => Value.Of(left >= right),
        Opcode.Add => Value.OfFinite(left + right),
        Opcode.Subtract => Value.OfFinite(left - right),
        Opcode.Multiply => Value.OfFinite(left * right),
        _ => right == 0.0 ? default : Value.OfFinite(left / right),
    };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Value TagValue(TagState* tag, long staleAfterMicros, long nowMicros)
    {
        var kind = tag->KnownKind;
        return kind == ValueKind.None || nowMicros - tag->SeenAtMicros >= staleAfterMicros
            ? default
            : new Value(kind, tag->ValueBits);
    }

    private static Value StaleTest(TagState* tag, long widthMicros, long nowMicros) =>
        tag->IsSeen ? Value.Of(nowMicros - tag->SeenAtMicros >= widthMicros) : default;

    private static Value WindowValue(MachineClass machineClass, in Instruction step, Machine* machine, long nowMicros) =>
        TryWindow(machineClass, step, machine, nowMicros, out var value) ? Value.Of(value) : default;

    /// <summary>What a window instruction gives at an instant; false = unknown.</summary>
    public static bool TryWindow(
        MachineClass machineClass, in Instruction step, Machine* machine, long nowMicros, out double value)
    {
        value = 0;
        ref readonly var window = ref machineClass.Windows[step.Operand];
        ref var state = ref machine->Windows[step.Operand];
        return TagValue(&machine->Tags[window.Tag], step.Bits, nowMicros).Kind != ValueKind.None
            && state.TryGet((WindowFunction)step.Detail, nowMicros, window.BucketMicros, out value);
    }

    private static Kleene Not(Kleene operand) => operand switch
    {
        Kleene.True => Kleene.False,
        Kleene.False => Kleene.True,
        _ => Kleene.Unknown,
    };

    private static Kleene And(Kleene left, Kleene right) =>
        left == Kleene.False || right == Kleene.False ? Kleene.False
        : left == Kleene.Unknown || right == Kleene.Unknown ? Kleene.Unknown
        : Kleene.True;

    private static Kleene Or(Kleene left, Kleene right) =>
        left == Kleene.True || right == Kleene.True ? Kleene.True
        : left == Kleene.Unknown || right == Kleene.Unknown ? Kleene.Unknown
        : Kleene.False;

    private static Kleene Equal(Value* left, Value* right)
    {
        if (left->Kind == ValueKind.None || left->Kind != right->Kind)
        {
            return Kleene.Unknown;
        }

        var isEqual = left->Kind == ValueKind.Number ? left->Number == right->Number : left->Bits == right->Bits;
        return isEqual ? Kleene.True : Kleene.False;
    }

    /// <summary>A value of an expression; kind None = unknown.</summary>
    private readonly struct Value(ValueKind kind, long bits)
    {
        public readonly ValueKind Kind = kind;
        public readonly long Bits = bits;

        public double Number => BitConverter.Int64BitsToDouble(Bits);

        public static Value Of(bool value) => new(ValueKind.Bool, value ? 1 : 0);

        public static Value Of(Kleene value) =>
            value == Kleene.Unknown ? default : new Value(ValueKind.Bool, value == Kleene.True ? 1 : 0);

        public static Value Of(double value) => new(ValueKind.Number, BitConverter.DoubleToInt64Bits(value));

        public static Value OfFinite(double value) => double.IsFinite(value) ? Of(value) : default;

        public Kleene AsKleene() =>
            Kind != ValueKind.Bool ? Kleene.Unknown : Bits != 0 ? Kleene.True : Kleene.False;
    }
}
