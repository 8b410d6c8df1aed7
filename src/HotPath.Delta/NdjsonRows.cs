using System.Text.Encodings.Web;
using System.Text.Json;
using HotPath.Delta.Columns;
using HotPath.Delta.Log;

namespace HotPath.Delta;

/// <summary>
/// Writes rows as lines of JSON, one object per row with the columns in their order. Owned by one thread.
/// </summary>
/// <remarks>
/// Forms: null as null; whole numbers and decimals as numbers with all their digits; float and double as the shortest
/// number that reads back equal, and NaN, Infinity and -Infinity as these words in quotes; boolean as true and false; date as
/// "YYYY-MM-DD"; timestamp as "YYYY-MM-DDTHH:MM:SS.ffffffZ", always UTC, and timestamp_ntz the same without Z; text as it
/// is; binary as Base64. Times outside of the years 1 to 9999 are numbers: days, or microseconds, since 1970.
/// </remarks>
public sealed class NdjsonRows : IDisposable
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly Stream _output;
    private readonly Column[] _columns;
    private readonly JsonEncodedText[] _names;
    private readonly Utf8JsonWriter _json;

    /// <param name="output">Where the lines go; neither flushed nor closed by this object.</param>
    /// <param name="columns">The columns of the batches.</param>
    public NdjsonRows(Stream output, IReadOnlyList<Column> columns)
    {
        _output = output;
        _columns = [.. columns];
        _names = [.. columns.Select(static column => JsonEncodedText.Encode(column.Name, Options.Encoder))];
        _json = new Utf8JsonWriter(output, Options);
    }

    public void Write(ColumnBatch batch)
    {
        for (var row = 0; row < batch.RowCount; row++)
        {
            _json.Reset();
            _json.WriteStartObject();
            for (var index = 0; index < _columns.Length; index++)
            {
                _json.WritePropertyName(_names[index]);
                WriteValue(_columns[index].Type, batch.Vectors[index], row);
            }

            _json.WriteEndObject();
            _json.Flush();
            _output.WriteByte((byte)'\n');
        }
    }

    public void Dispose() => _json.Dispose();

    private void WriteValue(ColumnType type, ColumnVector vector, int row)
    {
        if (!vector.IsPresent(row))
        {
            _json.WriteNullValue();
            return;
        }

        switch (type.Kind)
        {
            case ColumnKind.Boolean:
                _json.WriteBooleanValue(vector.BooleanValues[row]);
                break;
            case ColumnKind.Byte or ColumnKind.Short or ColumnKind.Integer:
                _json.WriteNumberValue(vector.IntegerValues[row]);
                break;
            case ColumnKind.Long:
                _json.WriteNumberValue(vector.LongValues[row]);
                break;
            case ColumnKind.Float:
                WriteReal(vector.FloatValues[row]);
                break;
            case ColumnKind.Double:
                WriteReal(vector.DoubleValues[row]);
                break;
            case ColumnKind.Date:
                WriteTime(DeltaTime.Date(vector.IntegerValues[row]), vector.IntegerValues[row]);
                break;
            case ColumnKind.Timestamp:
                WriteTime(DeltaTime.Micros(vector.LongValues[row], 'T', "Z"), vector.LongValues[row]);
                break;
            case ColumnKind.TimestampNtz:
                WriteTime(DeltaTime.Micros(vector.LongValues[row], 'T', ""), vector.LongValues[row]);
                break;
            case ColumnKind.Decimal:
                _json.WriteRawValue(DecimalText.Format(vector.DecimalValues[row], type.Scale));
                break;
            case ColumnKind.String:
                _json.WriteStringValue(vector.BytesAt(row));
                break;
            default:
                _json.WriteBase64StringValue(vector.BytesAt(row));
                break;
        }
    }

    private void WriteReal(double value)
    {
        if (double.IsFinite(value))
        {
            _json.WriteNumberValue(value);
        }
        else
        {
            WriteWord(value);
        }
    }

    private void WriteReal(float value)
    {
        if (float.IsFinite(value))
        {
            _json.WriteNumberValue(value);
        }
        else
        {
            WriteWord(value);
        }
    }

    private void WriteWord(double value) =>
        _json.WriteStringValue(double.IsNaN(value) ? "NaN"u8 : value > 0 ? "Infinity"u8 : "-Infinity"u8);

    private void WriteTime(string? text, long number)
    {
        if (text is null)
        {
            _json.WriteNumberValue(number);
        }
        else
        {
            _json.WriteStringValue(text);
        }
    }
}
