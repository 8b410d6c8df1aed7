using System.Security.Cryptography;
using System.Text;

namespace HotPath.Tests.Kinesis;

/// <summary>Signature Version 4 written anew from its description, sharing no line with what it tests.</summary>
internal sealed record RequestSigner(string KeyId, string Secret, string Region, string Service = "kinesis")
{
    public string Authorization(
        string method, string path, IReadOnlyList<(string Name, string Value)> headers, byte[] body, string amzDate)
    {
        var signedHeaders = string.Join(';', headers.Select(header => header.Name));
        return $"AWS4-HMAC-SHA256 Credential={KeyId}/{amzDate[..8]}/{Region}/{Service}/aws4_request, " +
            $"SignedHeaders={signedHeaders}, Signature={Signature(method, path, headers, body, amzDate)}";
    }

    public string Signature(
        string method, string path, IReadOnlyList<(string Name, string Value)> headers, byte[] body, string amzDate)
    {
        var canonical = new StringBuilder().Append(method).Append('\n').Append(path).Append("\n\n");
        foreach (var (name, value) in headers)
        {
            canonical.Append(name).Append(':').Append(value).Append('\n');
        }

        canonical.Append('\n').AppendJoin(';', headers.Select(header => header.Name)).Append('\n').Append(Hex(SHA256.HashData(body)));
        var scope = $"{amzDate[..8]}/{Region}/{Service}/aws4_request";
        var toSign = $"AWS4-HMAC-SHA256\n{amzDate}\n{scope}\n{Hex(SHA256.HashData(Bytes(canonical.ToString())))}";
        var key = Bytes("AWS4" + Secret);
        foreach (var part in scope.Split('/'))
        {
            key = HMACSHA256.HashData(key, Bytes(part));
        }

        return Hex(HMACSHA256.HashData(key, Bytes(toSign)));
    }

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    private static string Hex(byte[] bytes) => Convert.ToHexStringLower(bytes);
}
