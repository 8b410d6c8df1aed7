using HotPath.Delta.Parquet.Format;
using HotPath.Delta.Parquet.Thrift;

namespace HotPath.Delta.Parquet.Reading;

/// <summary>Makes the tree of a schema from its elements, which stand depth first. Drawn in SchemaWriter.</summary>
internal static class SchemaReader
{
    public static ParquetSchema Read(ref CompactReader reader, CompactType listType)
    {
        var count = reader.ReadListHead(listType, out var elementType);
        var elements = new List<Element>();
        for (var i = 0; i < count; i++)
        {
            elements.Add(ReadElement(ref reader, elementType));
        }

        if (elements.Count == 0)
        {
            throw new ParquetFormatException("the schema is empty");
        }

        var next = 0;
        var root = Build(elements, ref next, 0);
        if (next != elements.Count)
        {
            throw new ParquetFormatException($"the schema has {elements.Count} elements, of which the root holds {next}");
        }

        return new ParquetSchema(root);
    }

    private static ParquetNode Build(List<Element> elements, ref int next, int depth)
    {
        if (next >= elements.Count)
        {
            throw new ParquetFormatException("the schema says that there are more elements than there are");
        }

        if (depth > ParquetSchema.DepthMax)
        {
            throw new ParquetFormatException($"the schema nests deeper than {ParquetSchema.DepthMax}");
        }

        var element = elements[next++];
        var isGroup = element.Type is null || element.ChildCount > 0 || depth == 0;
        var children = new List<ParquetNode>();
        for (var i = 0; isGroup && i < element.ChildCount; i++)
        {
            children.Add(Build(elements, ref next, depth + 1));
        }

        return element.ToNode(isGroup, children);
    }

    private static Element ReadElement(ref CompactReader reader, CompactType elementType)
    {
        var element = new Element();
        reader.BeginStruct(elementType);
        var id = 0;
        while (reader.TryReadField(ref id, out var type))
        {
            switch (id)
            {
                case 1:
                    element.Type = Defined<PhysicalType>(reader.ReadInt32(type), "physical type");
                    break;
                case 2:
                    element.TypeBytes = reader.ReadInt32(type);
                    break;
                case 3:
                    element.Repetition = Defined<Repetition>(reader.ReadInt32(type), "repetition");
                    break;
                case 4:
                    element.Name = reader.ReadString(type);
                    break;
                case 5:
                    element.ChildCount = reader.ReadInt32(type);
                    break;
                case 6:
                    element.TakeConvertedType(reader.ReadInt32(type));
                    break;
                case 7:
                    element.Scale = reader.ReadInt32(type);
                    break;
                case 8:
                    element.Precision = reader.ReadInt32(type);
                    break;
                case 9:
                    element.FieldId = reader.ReadInt32(type);
                    break;
                case 10:
                    ReadLogicalType(ref reader, type, element);
                    break;
                default:
                    reader.Skip(type);
                    break;
            }
        }

        reader.EndStruct();
        return element;
    }

    private static T Defined<T>(int value, string what)
        where T : struct, Enum =>
        Enum.IsDefined((T)(object)value) ? (T)(object)value : throw new ParquetFormatException($"there is no {what} {value}");

    private static void ReadLogicalType(ref CompactReader reader, CompactType unionType, Element element)
    {
        reader.BeginStruct(unionType);
        var id = 0;
        while (reader.TryReadField(ref id, out var type))
        {
            element.Logical = id switch
            {
                1 => LogicalKind.String,
                2 => LogicalKind.Map,
                3 => LogicalKind.List,
                5 => LogicalKind.Decimal,
                6 => LogicalKind.Date,
                7 => LogicalKind.Time,
                8 => LogicalKind.Timestamp,
                10 => LogicalKind.Integer,
                11 => LogicalKind.None, // Unknown: always null
                _ => LogicalKind.Other,
            };
            switch (id)
            {
                case 5:
                    ReadDecimal(ref reader, type, element);
                    break;
                case 7 or 8:
                    ReadTime(ref reader, type, element);
                    break;
                case 10:
                    ReadInteger(ref reader, type, element);
                    break;
                default:
                    reader.Skip(type);
                    break;
            }
        }

        reader.EndStruct();
    }

    private static void ReadDecimal(ref CompactReader reader, CompactType structType, Element element)
    {
        reader.BeginStruct(structType);
        var id = 0;
        while (reader.TryReadField(ref id, out var type))
        {
            switch (id)
            {
                case 1:
                    element.Scale = reader.ReadInt32(type);
                    break;
                case 2:
                    element.Precision = reader.ReadInt32(type);
                    break;
                default:
                    reader.Skip(type);
                    break;
            }
        }

        reader.EndStruct();
    }

    private static void ReadTime(ref CompactReader reader, CompactType structType, Element element)
    {
        reader.BeginStruct(structType);
        var id = 0;
        while (reader.TryReadField(ref id, out var type))
        {
            switch (id)
            {
                case 1:
                    element.IsAdjustedToUtc = reader.ReadBool(type);
                    break;
                case 2:
                    ReadUnit(ref reader, type, element);
                    break;
                default:
                    reader.Skip(type);
                    break;
            }
        }

        reader.EndStruct();
    }

    private static void ReadUnit(ref CompactReader reader, CompactType unionType, Element element)
    {
        reader.BeginStruct(unionType);
        var id = 0;
        while (reader.TryReadField(ref id, out var type))
        {
            element.Unit = id is >= 1 and <= 3 ? (TimeUnit)id : throw new ParquetFormatException($"there is no time unit {id}");
            reader.Skip(type);
        }

        reader.EndStruct();
    }

    private static void ReadInteger(ref CompactReader reader, CompactType structType, Element element)
    {
        reader.BeginStruct(structType);
        var id = 0;
        while (reader.TryReadField(ref id, out var type))
        {
            switch (id)
            {
                case 1:
                    element.IntegerBits = reader.ReadInt32(type);
                    break;
                case 2:
                    element.IsUnsigned = !reader.ReadBool(type);
                    break;
                default:
                    reader.Skip(type);
                    break;
            }
        }

        reader.EndStruct();
    }

    /// <summary>One element of the list, before its children are known.</summary>
    private sealed class Element
    {
        public PhysicalType? Type { get; set; }

        public int TypeBytes { get; set; }

        public Repetition Repetition { get; set; }

        public string? Name { get; set; }

        public int ChildCount { get; set; }

        public LogicalKind Logical { get; set; }

        public TimeUnit Unit { get; set; }

        public bool IsAdjustedToUtc { get; set; }

        public int IntegerBits { get; set; }

        public bool IsUnsigned { get; set; }

        public int Scale { get; set; }

        public int Precision { get; set; }

        public int? FieldId { get; set; }

        /// <summary>The older annotation; a logical type, which comes later, overrules it.</summary>
        public void TakeConvertedType(int converted)
        {
            Logical = converted switch
            {
                0 => LogicalKind.String,
                1 or 2 => LogicalKind.Map,
                3 => LogicalKind.List,
                5 => LogicalKind.Decimal,
                6 => LogicalKind.Date,
                7 or 8 => LogicalKind.Time,
                9 or 10 => LogicalKind.Timestamp,
                >= 11 and <= 18 => LogicalKind.Integer,
                _ => LogicalKind.Other,
            };
            Unit = converted switch { 7 or 9 => TimeUnit.Millis, 8 or 10 => TimeUnit.Micros, _ => TimeUnit.None };
            IsAdjustedToUtc = converted is >= 7 and <= 10;
            if (converted is >= 11 and <= 18)
            {
                IntegerBits = 8 << ((converted - 11) & 3);
                IsUnsigned = converted <= 14;
            }
        }

        public ParquetNode ToNode(bool isGroup, List<ParquetNode> children)
        {
            if (Name is null || ChildCount < 0)
            {
                throw new ParquetFormatException("an element of the schema has no name, or fewer than no children");
            }

            if (!isGroup && Type == PhysicalType.FixedLengthByteArray && TypeBytes <= 0)
            {
                throw new ParquetFormatException($"the column '{Name}' is a fixed array of {TypeBytes} bytes");
            }

            return new ParquetNode
            {
                Name = Name,
                IsGroup = isGroup,
                Children = children,
                Repetition = Repetition,
                PhysicalType = Type ?? default,
                TypeBytes = !isGroup && Type == PhysicalType.FixedLengthByteArray ? TypeBytes : 0,
                Logical = Logical,
                Unit = Unit,
                IsAdjustedToUtc = IsAdjustedToUtc,
                IntegerBits = IntegerBits,
                IsUnsigned = IsUnsigned,
                Scale = Scale,
                Precision = Precision,
                FieldId = FieldId,
            };
        }
    }
}
