using HotPath.Engine.Ring;

namespace HotPath.Engine.Rules.Compiled;

/// <summary>
/// One step of a compiled expression, for a machine with a stack of values. What <see cref="Operand"/> and
/// <see cref="Bits"/> mean stands at its <see cref="Opcode"/>.
/// </summary>
internal readonly record struct Instruction(Opcode Opcode, byte Detail = 0, int Operand = 0, long Bits = 0);

internal enum Opcode : byte
{
    /// <summary>The value on top is the result.</summary>
    End,

    /// <summary>Detail = <see cref="ValueKind"/>, Bits = the value.</summary>
    Literal,

    /// <summary>Operand = tag slot, Bits = staleAfter.</summary>
    Tag,

    /// <summary>Operand = tag slot, Bits = width.</summary>
    Stale,

    /// <summary>Detail = <see cref="Expressions.WindowFunction"/>, Operand = window, Bits = staleAfter.</summary>
    Window,

    Not,
    Negate,

    /// <summary>Goes on at Operand when the value on top is false, which then is the result of the `and`.</summary>
    JumpIfFalse,

    /// <summary>Goes on at Operand when the value on top is true, which then is the result of the `or`.</summary>
    JumpIfTrue,

    And,
    Or,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Add,
    Subtract,
    Multiply,
    Divide,

    /// <summary>Stack: left, verdict so far, item. Leaves left and the verdict with this item.</summary>
    IsItem,

    /// <summary>Stack: left, verdict. Leaves the verdict.</summary>
    DropLeft,
}
