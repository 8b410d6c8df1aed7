using System.Text.Encodings.Web;
using System.Text.Json;
using HotPath.Kinesis.Client;

namespace HotPath.Outputs;

/// <summary>
/// A service of the AWS JSON protocol that takes many rows in one call and answers for each in their order. One call at a
/// time; what the service refuses or does not answer is told by row.
/// </summary>
/// <param name="client">Owned: disposed with the target.</param>
/// <param name="operation">What is called.</param>
/// <param name="entries">The member that holds the rows, in the call and in its answer.</param>
internal abstract class AwsBatchTarget(AwsClient client, string operation, string entries) : IOutputTarget
{
    public abstract int RowsMax { get; }

    public abstract int BytesMax { get; }

    public async Task<Delivery[]> SendAsync(IReadOnlyList<OutputRow> rows, CancellationToken stop)
    {
        try
        {
            using var answer = await client.CallAsync(operation, BodyOf(rows), stop);
            return BatchAnswer.Read(answer, entries, rows.Count);
        }
        catch (AwsFaultException fault)
        {
            return BatchAnswer.Refused(fault, rows.Count);
        }
    }

    public void Dispose() => client.Dispose();

    /// <summary>Members of the call beside its rows.</summary>
    protected virtual void WriteHead(Utf8JsonWriter json)
    {
    }

    /// <summary>The members of one row.</summary>
    protected abstract void WriteRow(Utf8JsonWriter json, OutputRow row);

    private byte[] BodyOf(IReadOnlyList<OutputRow> rows)
    {
        using var body = new MemoryStream();
        using (var json = new Utf8JsonWriter(body, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            WriteHead(json);
            json.WriteStartArray(entries);
            foreach (var row in rows)
            {
                json.WriteStartObject();
                WriteRow(json, row);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return body.ToArray();
    }
}
