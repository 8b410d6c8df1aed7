using System.Text;
using HotPath.Kinesis.Wire;

namespace HotPath.Kinesis.Http;

/// <summary>A whole answer but for its standing headers. Refusals come in the service's three dresses.</summary>
internal readonly record struct Answer(
    int Status, string? ContentType, ReadOnlyMemory<byte> Body, CallOutcome Outcome, string? ErrorType = null)
{
    private const string PlainJson = "application/json";

    /// <summary>Before it is known what the caller speaks: no content type, and a body that looks like XML.</summary>
    public static Answer Tagged(int status, string type, string? message, CallOutcome outcome)
    {
        var text = message is null
            ? $"<{type}/>\n"
            : $"<{type}>\n  <Message>{message}</Message>\n</{type}>\n";
        return new Answer(status, null, Encoding.UTF8.GetBytes(text), outcome, type);
    }

    /// <summary>To callers of the protocol without a version.</summary>
    public static Answer OldStyle(int status, string type)
    {
        var text = $$"""{"Output":{"__type":"com.amazon.coral.service#{{type}}"},"Version":"1.0"}""";
        return new Answer(status, PlainJson, Encoding.UTF8.GetBytes(text), CallOutcome.Invalid, type);
    }

    public static Answer Of(Refusal refusal, WireFormat format)
    {
        var writer = AnswerWriter.For(format);
        writer.StartMap();
        writer.Member("__type", refusal.Type);
        if (refusal.Message is { } message)
        {
            writer.Member(refusal.MessageMember, message);
        }

        writer.EndMap();
        return new Answer(
            refusal.Status, WireFormats.ContentType(format), writer.Finish(), refusal.Outcome, refusal.Type);
    }

    public static Answer Of(AnswerWriter writer, WireFormat format) =>
        new(200, WireFormats.ContentType(format), writer.Finish(), CallOutcome.Answered);

    /// <returns>How the call is counted.</returns>
    public async ValueTask<CallOutcome> SendAsync(HttpResponse response)
    {
        response.StatusCode = Status;
        response.ContentType = ContentType;
        response.ContentLength = Body.Length;
        if (ErrorType is { } type)
        {
            response.Headers["x-amzn-ErrorType"] = type;
        }

        if (!Body.IsEmpty)
        {
            await response.Body.WriteAsync(Body);
        }

        return Outcome;
    }
}
