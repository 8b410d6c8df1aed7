using HotPath.Delta.Parquet;
using HotPath.Delta.Parquet.Thrift;

namespace HotPath.Delta.Tests.Parquet;

public sealed class ThriftTests
{
    [Fact]
    public void Struct_has_the_bytes_of_the_compact_protocol()
    {
        var buffer = new GrowingBuffer();
        var writer = new CompactWriter(buffer);

        writer.BeginStruct();
        writer.Int32(1, -1);
        writer.Int64(2, 300);
        writer.Bool(3, true);
        writer.Bool(4, false);
        writer.String(20, "ab");
        writer.BeginList(21, CompactType.Int32, 2);
        writer.Int32Element(1);
        writer.Int32Element(2);
        writer.EmptyStruct(22);
        writer.EndStruct();

        // 1: i32 zigzag 1 | 2: i64 varint 600 | true | false | 20: long form, zigzag 40 | list of 2 | empty struct | stop
        Assert.Equal("1501" + "16d804" + "11" + "12" + "0828" + "026162" + "1925" + "0204" + "1c00" + "00", Convert.ToHexStringLower(buffer.Written));
    }

    [Fact]
    public void List_of_fifteen_has_its_size_in_a_number_of_its_own()
    {
        var buffer = new GrowingBuffer();
        var writer = new CompactWriter(buffer);

        writer.BeginStruct();
        writer.BeginList(1, CompactType.Binary, 15);

        Assert.Equal("19f80f", Convert.ToHexStringLower(buffer.Written));
    }

    [Fact]
    public void Unknown_fields_of_every_type_are_skipped()
    {
        // byte, i16, double, binary, list of booleans, map of i32 to binary, struct with a field; then field 9 = i32 7
        var bytes = Convert.FromHexString("1305" + "140e" + "170000000000000000" + "18026162" + "19210102" + "1b0158" + "0e0161" + "1c15020000"[..8] + "250e" + "00");
        var reader = new CompactReader(bytes);
        var id = 0;
        var seven = 0;
        while (reader.TryReadField(ref id, out var type))
        {
            if (id == 9)
            {
                seven = reader.ReadInt32(type);
            }
            else
            {
                reader.Skip(type);
            }
        }

        Assert.Equal(7, seven);
        Assert.Equal(bytes.Length, reader.Position);
    }

    [Theory]
    [InlineData("18ff01")] // bytes that are not there
    [InlineData("19f5ffffffff0f")] // a list of more elements than bytes
    [InlineData("16ffffffffffffffffffffff")] // a number without end
    [InlineData("15")] // a field without value
    [InlineData("1d")] // a type that is none
    public void Unsound_bytes_are_refused(string hex) => Assert.Throws<ParquetFormatException>(() => SkipAll(Convert.FromHexString(hex)));

    [Fact]
    public void Nesting_ends_at_a_depth() =>
        Assert.Throws<ParquetFormatException>(() => SkipAll([.. Enumerable.Repeat((byte)0x1C, 100_000)]));

    private static void SkipAll(byte[] bytes)
    {
        var reader = new CompactReader(bytes);
        var id = 0;
        while (reader.TryReadField(ref id, out var type))
        {
            reader.Skip(type);
        }
    }
}
