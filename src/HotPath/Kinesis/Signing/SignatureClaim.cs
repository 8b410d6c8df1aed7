using System.Text;
using Microsoft.Extensions.Primitives;

namespace HotPath.Kinesis.Signing;

/// <summary>
/// What a request says about its own signature, in its Authorization header or in its query string:
/// <code>
/// Authorization: AWS4-HMAC-SHA256 Credential=id/date/region/kinesis/aws4_request, SignedHeaders=a;b, Signature=hex
/// /?X-Amz-Algorithm=...&amp;X-Amz-Credential=...&amp;X-Amz-Date=...&amp;X-Amz-SignedHeaders=...&amp;X-Amz-Signature=...
/// </code>
/// </summary>
internal readonly ref struct SignatureClaim
{
    public const string AlgorithmName = "AWS4-HMAC-SHA256";

    public ReadOnlySpan<char> Algorithm { get; private init; }

    public ReadOnlySpan<char> Credential { get; private init; }

    public ReadOnlySpan<char> SignedHeaders { get; private init; }

    public ReadOnlySpan<char> Signature { get; private init; }

    /// <summary>The time of signing as sent.</summary>
    public ReadOnlySpan<char> Date { get; private init; }

    /// <summary>A query signature's validity; 0 = signed by header.</summary>
    public int ExpiresSeconds { get; private init; }

    public bool IsPresigned { get; private init; }

    /// <returns>Null, or what is missing, in the order and words of the service.</returns>
    public static Refusal? Read(HttpRequest request, out SignatureClaim claim)
    {
        claim = default;
        string? authorization = request.Headers.Authorization;
        var byHeader = !string.IsNullOrEmpty(authorization);
        var byQuery = request.QueryString.HasValue && request.Query.ContainsKey("X-Amz-Algorithm");
        if (byHeader && byQuery)
        {
            return Refusal.Unauthenticated(
                "InvalidSignatureException",
                "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header.");
        }

        if (byHeader)
        {
            return FromHeader(request, authorization!, out claim);
        }

        return byQuery
            ? FromQuery(request.Query, out claim)
            : Refusal.Unauthenticated("MissingAuthenticationTokenException", "Missing Authentication Token");
    }

    private static Refusal? FromHeader(HttpRequest request, string authorization, out SignatureClaim claim)
    {
        claim = default;
        if (request.Headers.Authorization.Count > 1)
        {
            return StandsTwice("Authorization", authorization);
        }

        ReadOnlySpan<char> credential = default, signature = default, signedHeaders = default, algorithm = default;
        var rest = authorization.AsSpan();
        var first = true;
        while (!rest.IsEmpty)
        {
            var end = rest.IndexOfAny(',', ' ');
            var part = end < 0 ? rest : rest[..end];
            rest = end < 0 ? default : rest[(end + 1)..];
            if (first)
            {
                algorithm = part;
                first = false;
                continue;
            }

            var equals = part.IndexOf('=');
            var name = equals < 0 ? default : part[..equals];
            var value = equals < 0 ? default : part[(equals + 1)..];
            var known = name switch
            {
                "Credential" => credential,
                "Signature" => signature,
                "SignedHeaders" => signedHeaders,
                _ => default,
            };
            if (!known.IsEmpty)
            {
                return StandsTwice(name, authorization);
            }

            switch (name)
            {
                case "Credential":
                    credential = value;
                    break;
                case "Signature":
                    signature = value;
                    break;
                case "SignedHeaders":
                    signedHeaders = value;
                    break;
                default:
                    break;
            }
        }

        string? amzDate = request.Headers["X-Amz-Date"];
        var date = string.IsNullOrEmpty(amzDate) ? request.Headers.Date.ToString() : amzDate;
        claim = new SignatureClaim
        {
            Algorithm = algorithm,
            Credential = credential,
            Signature = signature,
            SignedHeaders = signedHeaders,
            Date = date,
        };
        return claim.IsComplete ? null : IncompleteHeader(claim, authorization);
    }

    private bool IsComplete => !Credential.IsEmpty && !Signature.IsEmpty && !SignedHeaders.IsEmpty && !Date.IsEmpty;

    /// <summary>Which of two would count is for nobody to guess: whoever logs the one must not let the other in.</summary>
    private static Refusal StandsTwice(ReadOnlySpan<char> name, string authorization) => Refusal.Unauthenticated(
        "IncompleteSignatureException", $"'{name}' stands more than once. Authorization={authorization}");

    private static Refusal IncompleteHeader(in SignatureClaim claim, string authorization)
    {
        var text = new StringBuilder();
        NameWhenMissing(text, claim.Credential, "Credential");
        NameWhenMissing(text, claim.Signature, "Signature");
        NameWhenMissing(text, claim.SignedHeaders, "SignedHeaders");
        if (claim.Date.IsEmpty)
        {
            text.Append("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. ");
        }

        text.Append("Authorization=").Append(authorization);
        return Refusal.Unauthenticated("IncompleteSignatureException", text.ToString());
    }

    private static void NameWhenMissing(StringBuilder text, ReadOnlySpan<char> value, string name)
    {
        if (value.IsEmpty)
        {
            text.Append("Authorization header requires '").Append(name).Append("' parameter. ");
        }
    }

    private static Refusal? FromQuery(IQueryCollection query, out SignatureClaim claim)
    {
        var missing = new StringBuilder();
        claim = new SignatureClaim
        {
            Algorithm = Required(query, "X-Amz-Algorithm", missing),
            Credential = Required(query, "X-Amz-Credential", missing),
            Signature = Required(query, "X-Amz-Signature", missing),
            SignedHeaders = Required(query, "X-Amz-SignedHeaders", missing),
            Date = Required(query, "X-Amz-Date", missing),
            ExpiresSeconds = int.TryParse(query["X-Amz-Expires"], out var seconds) ? seconds : 0,
            IsPresigned = true,
        };
        return missing.Length == 0
            ? null
            : Refusal.Unauthenticated(
                "IncompleteSignatureException", missing.Append("Re-examine the query-string parameters.").ToString());
    }

    private static string Required(IQueryCollection query, string name, StringBuilder missing)
    {
        var value = query.TryGetValue(name, out var values) ? values : StringValues.Empty;
        if (StringValues.IsNullOrEmpty(value))
        {
            missing.Append("AWS query-string parameters must include '").Append(name).Append("'. ");
        }

        return value.ToString();
    }
}
