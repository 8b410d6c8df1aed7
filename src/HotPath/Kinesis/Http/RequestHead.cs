using HotPath.Kinesis.Wire;

namespace HotPath.Kinesis.Http;

/// <summary>What the headers say about a call.</summary>
internal readonly record struct RequestHead(ContentKind Kind, KinesisOperation Operation, bool NamesOperation)
{
    private const string JsonWithoutVersion = "application/json";

    public WireFormat Format => Kind == ContentKind.Cbor ? WireFormat.Cbor : WireFormat.Json;

    public static RequestHead Read(HttpRequest request)
    {
        string? target = request.Headers["X-Amz-Target"];
        return new RequestHead(
            KindOf(request.ContentType), KinesisTarget.Parse(target), KinesisTarget.NamesServiceAndOperation(target));
    }

    private static ContentKind KindOf(string? contentType)
    {
        var type = contentType.AsSpan();
        var parameters = type.IndexOf(';');
        return (parameters < 0 ? type : type[..parameters]).Trim() switch
        {
            WireFormats.JsonType => ContentKind.Json,
            WireFormats.CborType => ContentKind.Cbor,
            JsonWithoutVersion => ContentKind.PlainJson,
            _ => ContentKind.Other,
        };
    }
}

internal enum ContentKind
{
    Other,
    Json,
    Cbor,

    /// <summary>Without a version: an older protocol, which the service only knows how to refuse.</summary>
    PlainJson,
}
