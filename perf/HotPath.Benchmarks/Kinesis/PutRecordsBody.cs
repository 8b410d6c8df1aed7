using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using HotPath.Kinesis.Signing;

namespace HotPath.Benchmarks.Kinesis;

/// <summary>One PutRecords request of 500 records of 250 bytes, signed as botocore signs, ready for a socket.</summary>
internal static class PutRecordsBody
{
    public const int RecordCount = 500;
    public const int RecordBytes = 250;
    public const string AccessKeyId = "HPBENCH";
    public const string Secret = "an invented secret for the benchmark";
    private const string Region = "eu-central-1";

    public static byte[] Body(int seed)
    {
        var text = new StringBuilder("{\"Records\":[");
        for (var index = 0; index < RecordCount; index++)
        {
            var machine = (index + (seed * 37)) % 400;
            var data = Convert.ToBase64String(Encoding.ASCII.GetBytes(Reading(machine, index)));
            text.Append(index == 0 ? string.Empty : ",")
                .Append(CultureInfo.InvariantCulture, $"{{\"Data\":\"{data}\",\"PartitionKey\":\"press-{machine:D4}\"}}");
        }

        return Encoding.ASCII.GetBytes(text.Append("],\"StreamName\":\"readings\"}").ToString());
    }

    /// <summary>The whole request, valid for five minutes from now.</summary>
    public static byte[] Request(int seed, string host)
    {
        var body = Body(seed);
        return [.. Encoding.ASCII.GetBytes(Head("PutRecords", body, host)), .. body];
    }

    /// <summary>A signed request's lines before its body.</summary>
    public static string Head(string operation, byte[] body, string host, string accessKeyId = AccessKeyId, string secret = Secret)
    {
        var date = AmzDate.Text(DateTimeOffset.UtcNow.ToUnixTimeSeconds());
        const string Signed = "content-type;host;x-amz-date;x-amz-target";
        const string Type = "application/x-amz-json-1.1";
        var target = $"Kinesis_20131202.{operation}";
        var canonical =
            $"POST\n/\n\ncontent-type:{Type}\nhost:{host}\nx-amz-date:{date}\nx-amz-target:{target}\n\n{Signed}\n{Hash(body)}";
        var scope = $"{date[..8]}/{Region}/kinesis/aws4_request";
        var key = SigningKeys.Derive(secret, date.AsSpan(0, 8), Region, "kinesis");
        var signature = Convert.ToHexStringLower(HMACSHA256.HashData(
            key, Encoding.ASCII.GetBytes($"AWS4-HMAC-SHA256\n{date}\n{scope}\n{Hash(Encoding.ASCII.GetBytes(canonical))}")));
        return
            $"POST / HTTP/1.1\r\nHost: {host}\r\nX-Amz-Target: {target}\r\nContent-Type: {Type}\r\nX-Amz-Date: {date}\r\n" +
            $"Authorization: AWS4-HMAC-SHA256 Credential={accessKeyId}/{scope}, SignedHeaders={Signed}, " +
            $"Signature={signature}\r\nContent-Length: {body.Length}\r\n\r\n";
    }

    private static string Reading(int machine, int index)
    {
        var text = FormattableString.Invariant(
            $$"""
            {"version":1,"timestamp":{{1_767_323_045_000 + index}},"equipmentId":"press-{{machine:D4}}",
            "tag":"tag_{{index % 20:D2}}","value":{{index}}.25,"quality":"Ok","meta":{"sequenceNumber":{{index}},
            "flags":["Fst","Lst"],"createdAt":1767323045000,"sourceId":"line-3"},"note":"
            """);
        return text + new string('x', RecordBytes - text.Length - 2) + "\"}";
    }

    private static string Hash(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));
}
