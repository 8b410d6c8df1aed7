namespace HotPath.Sink.Rows;

/// <summary>Longs and timestamps.</summary>
internal sealed class LongRows : ColumnRows
{
    private long[] _values = [];

    public void Add(long value) => At(ref _values, Next(isPresent: true)) = value;

    /// <summary>A value, or null where it equals <paramref name="absent"/>.</summary>
    public void AddUnless(long value, long absent) => At(ref _values, Next(value != absent)) = value != absent ? value : 0;

    /// <summary>Some rows at once, to be filled; all present unless <see cref="Mark"/> says otherwise.</summary>
    public Span<long> AddBlock(int rowCount) => NextBlock(ref _values, rowCount);

    public void Mark(ReadOnlySpan<ulong> present, int rowCount) => MarkBlock(present, rowCount);

    public override void AddNull() => At(ref _values, Next(isPresent: false)) = 0;

    public override void Seal() => Vector.SetLongs(_values.AsMemory(0, Count), Validity);
}

internal sealed class IntegerRows : ColumnRows
{
    private int[] _values = [];

    public void Add(int value) => At(ref _values, Next(isPresent: true)) = value;

    /// <summary>A value, or null where it equals <paramref name="absent"/>.</summary>
    public void AddUnless(int value, int absent) => At(ref _values, Next(value != absent)) = value != absent ? value : 0;

    public Span<int> AddBlock(int rowCount) => NextBlock(ref _values, rowCount);

    public void Mark(ReadOnlySpan<ulong> present, int rowCount) => MarkBlock(present, rowCount);

    public override void AddNull() => At(ref _values, Next(isPresent: false)) = 0;

    public override void Seal() => Vector.SetIntegers(_values.AsMemory(0, Count), Validity);
}

internal sealed class DoubleRows : ColumnRows
{
    private double[] _values = [];

    public void Add(double value) => At(ref _values, Next(isPresent: true)) = value;

    public Span<double> AddBlock(int rowCount) => NextBlock(ref _values, rowCount);

    public void Mark(ReadOnlySpan<ulong> present, int rowCount) => MarkBlock(present, rowCount);

    public override void AddNull() => At(ref _values, Next(isPresent: false)) = 0;

    public override void Seal() => Vector.SetDoubles(_values.AsMemory(0, Count), Validity);
}

internal sealed class BooleanRows : ColumnRows
{
    private bool[] _values = [];

    public void Add(bool value) => At(ref _values, Next(isPresent: true)) = value;

    public Span<bool> AddBlock(int rowCount) => NextBlock(ref _values, rowCount);

    public void Mark(ReadOnlySpan<ulong> present, int rowCount) => MarkBlock(present, rowCount);

    public override void AddNull() => At(ref _values, Next(isPresent: false)) = false;

    public override void Seal() => Vector.SetBooleans(_values.AsMemory(0, Count), Validity);
}
