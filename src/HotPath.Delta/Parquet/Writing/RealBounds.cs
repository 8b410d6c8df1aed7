using System.Buffers.Binary;
using System.Runtime.Intrinsics;
using HotPath.Delta.Columns;

namespace HotPath.Delta.Parquet.Writing;

/// <summary>
/// Bounds of FLOAT and DOUBLE over what is no NaN. In the file a least 0 is -0.0 and a largest 0 is +0.0, because
/// readers order the two zeros differently.
/// </summary>
internal sealed class RealBounds(bool isSingle) : NumberBounds<double>
{
    public override ColumnValue FileMin => ColumnValue.OfReal(ForMin(ValueMin));

    public override ColumnValue FileMax => ColumnValue.OfReal(ForMax(ValueMax));

    public void Observe(ReadOnlySpan<double> values)
    {
        var min = Vector512.Create(double.PositiveInfinity);
        var max = Vector512.Create(double.NegativeInfinity);
        var numbers = Vector512<long>.Zero;
        var i = 0;
        for (; i + Vector512<double>.Count <= values.Length; i += Vector512<double>.Count)
        {
            var value = Vector512.Create(values[i..]);
            var isNumber = Vector512.Equals(value, value);
            numbers -= isNumber.AsInt64();
            min = Vector512.ConditionalSelect(isNumber & Vector512.LessThan(value, min), value, min);
            max = Vector512.ConditionalSelect(isNumber & Vector512.GreaterThan(value, max), value, max);
        }

        var (least, largest, count) = (double.PositiveInfinity, double.NegativeInfinity, Vector512.Sum(numbers));
        for (var lane = 0; lane < Vector512<double>.Count; lane++)
        {
            least = Math.Min(least, min[lane]);
            largest = Math.Max(largest, max[lane]);
        }

        for (; i < values.Length; i++)
        {
            if (!double.IsNaN(values[i]))
            {
                count++;
                least = Math.Min(least, values[i]);
                largest = Math.Max(largest, values[i]);
            }
        }

        Take(least, largest, count, values.Length);
    }

    public void Observe(ReadOnlySpan<float> values)
    {
        var (least, largest, count) = (float.PositiveInfinity, float.NegativeInfinity, 0L);
        foreach (var value in values)
        {
            if (!float.IsNaN(value))
            {
                count++;
                least = MathF.Min(least, value);
                largest = MathF.Max(largest, value);
            }
        }

        Take(least, largest, count, values.Length);
    }

    protected override void Append(GrowingBuffer output, double value)
    {
        var room = output.Reserve(sizeof(double));
        if (isSingle)
        {
            BinaryPrimitives.WriteSingleLittleEndian(room, (float)value);
            output.Advance(sizeof(float));
            return;
        }

        BinaryPrimitives.WriteDoubleLittleEndian(room, value);
        output.Advance(sizeof(double));
    }

    protected override double ForMin(double value) => value == 0 ? -0.0 : value;

    protected override double ForMax(double value) => value == 0 ? 0.0 : value;

    private void Take(double least, double largest, long numbers, int values)
    {
        ChunkNanCount += values - numbers;
        if (numbers > 0)
        {
            Observe(least, largest);
        }
    }
}
