using HotPath.Engine.Names;
using HotPath.Engine.Ring;
using HotPath.Engine.Rules.Expressions;

namespace HotPath.Engine.Rules.Compiled;

/// <summary>
/// Turns expressions into instructions, one behind the other, for one class of machines. Cold: one thread, while the
/// class is built.
/// </summary>
internal sealed class ProgramWriter(Func<string, int> slotOfTag, Func<string, long, int> windowOf, NameTables names)
{
    private readonly List<Instruction> _instructions = [];
    private long _staleAfterMicros;
    private int _depth;

    /// <summary>The most values that any program has on its stack.</summary>
    public int DepthMax { get; private set; }

    public Instruction[] Instructions => [.. _instructions];

    /// <returns>Where the program begins.</returns>
    public int Write(Expression expression, long staleAfterMicros)
    {
        var start = _instructions.Count;
        _staleAfterMicros = staleAfterMicros;
        _depth = 0;
        Push(expression);
        _instructions.Add(new Instruction(Opcode.End));
        return start;
    }

    private void Push(Expression expression)
    {
        switch (expression)
        {
            case NumberLiteral number:
                Literal(ValueKind.Number, BitConverter.DoubleToInt64Bits(number.Value));
                break;
            case StringLiteral text:
                Literal(ValueKind.Symbol, RuleWords.Symbol(names, text.Value));
                break;
            case BoolLiteral flag:
                Literal(ValueKind.Bool, flag.Value ? 1 : 0);
                break;
            case TagValue tag:
                Value(new Instruction(Opcode.Tag, 0, slotOfTag(tag.Tag), _staleAfterMicros));
                break;
            case StaleTest stale:
                Value(new Instruction(Opcode.Stale, 0, slotOfTag(stale.Tag), stale.WidthMicros));
                break;
            case WindowValue window:
                var index = windowOf(window.Tag, window.WidthMicros);
                Value(new Instruction(Opcode.Window, (byte)window.Function, index, _staleAfterMicros));
                break;
            case Unary unary:
                Push(unary.Operand);
                _instructions.Add(new Instruction(unary.Operator == UnaryOperator.Not ? Opcode.Not : Opcode.Negate));
                break;
            case Binary { Operator: BinaryOperator.And } both:
                Logic(both, Opcode.JumpIfFalse, Opcode.And);
                break;
            case Binary { Operator: BinaryOperator.Or } either:
                Logic(either, Opcode.JumpIfTrue, Opcode.Or);
                break;
            case Binary binary:
                Push(binary.Left);
                Push(binary.Right);
                Join(OpcodeOf(binary.Operator));
                break;
            case Membership membership:
                Members(membership);
                break;
        }
    }

    private void Literal(ValueKind kind, long bits) => Value(new Instruction(Opcode.Literal, (byte)kind, 0, bits));

    private void Value(Instruction instruction)
    {
        _instructions.Add(instruction);
        _depth++;
        DepthMax = Math.Max(DepthMax, _depth);
    }

    // Of two values one is left.
    private void Join(Opcode opcode)
    {
        _instructions.Add(new Instruction(opcode));
        _depth--;
    }

    private void Logic(Binary binary, Opcode jump, Opcode join)
    {
        Push(binary.Left);
        var jumpAt = _instructions.Count;
        _instructions.Add(default);
        Push(binary.Right);
        Join(join);
        _instructions[jumpAt] = new Instruction(jump, 0, _instructions.Count);
    }

    private void Members(Membership membership)
    {
        Push(membership.Left);
        Literal(ValueKind.Bool, 0);
        foreach (var item in membership.Items)
        {
            Push(item);
            Join(Opcode.IsItem);
        }

        Join(Opcode.DropLeft);
    }

    private static Opcode OpcodeOf(BinaryOperator binary) => binary switch
    {
        BinaryOperator.Equal => Opcode.Equal,
        BinaryOperator.NotEqual => Opcode.NotEqual,
        BinaryOperator.Less => Opcode.Less,
        BinaryOperator.LessOrEqual => Opcode.LessOrEqual,
        BinaryOperator.Greater => Opcode.Greater,
        BinaryOperator.GreaterOrEqual => Opcode.GreaterOrEqual,
        BinaryOperator.Add => Opcode.Add,
        BinaryOperator.Subtract => Opcode.Subtract,
        BinaryOperator.Multiply => Opcode.Multiply,
        _ => Opcode.Divide,
    };
}
