using HotPath.Kinesis;
using HotPath.Kinesis.Signing;
using HotPath.Kinesis.Wire;
using HotPath.TestKit;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Xunit.Abstractions;

namespace HotPath.Tests.Kinesis;

public sealed class SignatureVerifierTests(ITestOutputHelper output)
{
    private const string Date = TestClock.StartText;
    private const string Host = "127.0.0.1:4568";

    private static readonly byte[] Body =
        """{"StreamName": "readings", "Data": "YQ==", "PartitionKey": "press-7"}"""u8.ToArray();

    private static readonly RequestSigner Signer = new(EndpointUnderTest.AccessKeyId, EndpointUnderTest.Secret, "eu-central-1");

    private readonly SignatureVerifier _verifier = new(new AccessKeys(
    [
        new AccessKey("gateway", EndpointUnderTest.AccessKeyId, EndpointUnderTest.Secret, null),
        new AccessKey("session", EndpointUnderTest.AccessKeyId + "2", EndpointUnderTest.Secret, "token+of/a=session"),
    ]));

    private readonly ByteBuilder _scratch = new();
    private long _nowSeconds = new TestClock().NowMicros / 1_000_000;

    [Fact]
    public void The_test_signer_gives_the_published_example()
    {
        var signer = new RequestSigner(
            "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "us-east-1", "service");

        var signature = signer.Signature(
            "GET", "/", [("host", "example.amazonaws.com"), ("x-amz-date", "20150830T123600Z")], [], "20150830T123600Z");

        Assert.Equal("5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31", signature);
    }

    [Fact]
    public void A_signing_key_is_derived_as_published()
    {
        var key = SigningKeys.Derive("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "20150830", "us-east-1", "iam");

        Assert.Equal("c4afb1cc5771d871763a393e44b703571b55cc28424d1a5e86da6ed3c154a4b9", Convert.ToHexStringLower(key));
    }

    [Fact]
    public void A_request_signed_by_botocore_is_accepted()
    {
        var request = Request(
            "/",
            ("Content-Type", EndpointUnderTest.JsonType),
            ("X-Amz-Target", "Kinesis_20131202.PutRecord"),
            ("X-Amz-Date", Date),
            ("User-Agent", "x"),
            ("Authorization", "AWS4-HMAC-SHA256 Credential=HPTESTGATEWAY/20260102/eu-central-1/kinesis/aws4_request, " +
                "SignedHeaders=content-type;host;x-amz-date;x-amz-target, " +
                "Signature=ec3ef88b6a0cc21389761a274fe2b6e14c877158536bb2c614f2878d082550eb"));

        Assert.Null(Verify(request));
    }

    [Fact]
    public void A_path_a_query_odd_spaces_and_a_session_token_are_canonicalized_like_botocore_does()
    {
        var request = Request(
            "/a%20b/?z=1&a=%2F",
            ("Content-Type", EndpointUnderTest.JsonType),
            ("X-Amz-Target", "Kinesis_20131202.PutRecord"),
            ("X-Amz-Date", Date),
            ("X-Odd", "two   spaces"),
            ("X-Amz-Security-Token", "token+of/a=session"),
            ("Authorization", "AWS4-HMAC-SHA256 Credential=HPTESTGATEWAY2/20260102/eu-central-1/kinesis/aws4_request, " +
                "SignedHeaders=content-type;host;x-amz-date;x-amz-security-token;x-amz-target;x-odd, " +
                "Signature=6eeb48ff70042bd36d069ced8148f6a4dd5095469f9cd4af25802c854bc326bd"));

        Assert.Null(Verify(request));
    }

    [Fact]
    public void A_query_signed_by_botocore_is_accepted_while_it_is_valid()
    {
        var request = Request(
            "/?StreamName=readings&Data=YQ%3D%3D&PartitionKey=press-7&X-Amz-Algorithm=AWS4-HMAC-SHA256" +
            "&X-Amz-Credential=HPTESTGATEWAY%2F20260102%2Feu-central-1%2Fkinesis%2Faws4_request&X-Amz-Date=20260102T030405Z" +
            "&X-Amz-Expires=600&X-Amz-SignedHeaders=host%3Bx-amz-target" +
            "&X-Amz-Signature=c02927e7a8ed8aa9cbf772332be92d8ced8640fda0b548a45268c6e13e8fb4b8",
            ("X-Amz-Target", "Kinesis_20131202.PutRecord"));

        Assert.Null(Verify(request, []));
        Assert.Equal("InvalidSignatureException", Verify(request)!.Type);
        _nowSeconds += 600;
        Assert.Null(Verify(request, []));
        _nowSeconds++;
        Assert.StartsWith("Signature expired: ", Verify(request, [])!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_query_signed_by_botocore_for_a_session_carries_its_token_in_the_query()
    {
        const string Query =
            "/?StreamName=readings&Data=YQ%3D%3D&PartitionKey=press-7&X-Amz-Algorithm=AWS4-HMAC-SHA256" +
            "&X-Amz-Credential=HPTESTGATEWAY2%2F20260102%2Feu-central-1%2Fkinesis%2Faws4_request&X-Amz-Date=20260102T030405Z" +
            "&X-Amz-Expires=600&X-Amz-SignedHeaders=host%3Bx-amz-target&X-Amz-Security-Token=token%2Bof%2Fa%3Dsession" +
            "&X-Amz-Signature=50c6e50de23f8846fa59e64a4d788a3260deee454d2501b3cfc5d9ad03c538a5";

        Assert.Null(Verify(Request(Query, ("X-Amz-Target", "Kinesis_20131202.PutRecord")), []));
        foreach (var other in new[]
        {
            Query.Replace("token%2Bof", "token%2Bon", StringComparison.Ordinal),
            Query.Replace("&X-Amz-Security-Token=token%2Bof%2Fa%3Dsession", "", StringComparison.Ordinal),
            Query.Replace("&X-Amz-Signature", "&X-Amz-Security-Token=&X-Amz-Signature", StringComparison.Ordinal),
        })
        {
            Assert.NotNull(Verify(Request(other, ("X-Amz-Target", "Kinesis_20131202.PutRecord")), []));
        }
    }

    [Fact]
    public void The_pseudo_header_of_http2_is_signed_as_authority()
    {
        var request = Signed([(":authority", Host), ("x-amz-date", Date), ("x-amz-target", "Kinesis_20131202.PutRecord")]);

        Assert.Null(Verify(request));
    }

    [Theory]
    [InlineData("host;x-amz-target", "'x-amz-date' must be a 'SignedHeader' in the AWS Authorization.")]
    [InlineData("x-amz-date;x-amz-target", "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.")]
    [InlineData("host;x-amz-date", "'x-amz-target' must be a 'SignedHeader' in the AWS Authorization.")]
    public void What_gives_a_request_its_meaning_must_be_signed(string signedHeaders, string message)
    {
        var values = new Dictionary<string, string>
        {
            ["host"] = Host,
            ["x-amz-date"] = Date,
            ["x-amz-target"] = "Kinesis_20131202.PutRecord",
        };
        var request = Signed([.. signedHeaders.Split(';').Select(name => (name, values[name]))]);
        request.Headers["X-Amz-Date"] = Date;

        Assert.Equal(message, Verify(request)!.Message);
    }

    [Fact]
    public void An_old_signature_is_refused_with_the_words_by_which_clients_set_their_clocks()
    {
        _nowSeconds += 301;

        var refusal = Verify(Signed())!;

        Assert.Equal("InvalidSignatureException", refusal.Type);
        Assert.Equal(
            "Signature expired: 20260102T030405Z is now earlier than 20260102T030406Z (20260102T030906Z - 5 min.)",
            refusal.Message);
    }

    [Fact]
    public void A_signature_of_the_future_is_refused()
    {
        _nowSeconds -= 301;

        Assert.Equal(
            "Signature not yet current: 20260102T030405Z is still later than 20260102T030404Z (20260102T025904Z + 5 min.)",
            Verify(Signed())!.Message);
    }

    [Theory]
    [InlineData(300)]
    [InlineData(-300)]
    public void Five_minutes_are_just_allowed(int seconds)
    {
        _nowSeconds += seconds;

        Assert.Null(Verify(Signed()));
    }

    [Fact]
    public void A_date_of_another_day_than_the_scope_is_refused()
    {
        var request = Signed(change: text => text.Replace("/20260102/", "/20260101/", StringComparison.Ordinal));

        Assert.StartsWith("Date in Credential scope does not match YYYYMMDD from ISO-8601", Verify(request)!.Message);
    }

    [Theory]
    [InlineData("HPTESTGATEWAY/", "HPSTRANGER/", "UnrecognizedClientException")]
    [InlineData("/kinesis/", "/s3/", "InvalidSignatureException")]
    [InlineData("/aws4_request", "/aws5_request", "InvalidSignatureException")]
    [InlineData("/eu-central-1/", "//", "InvalidSignatureException")]
    [InlineData("/eu-central-1/", "/eu/central/1/", "IncompleteSignatureException")]
    [InlineData("AWS4-HMAC-SHA256", "AWS3-HMAC-SHA256", "IncompleteSignatureException")]
    public void A_credential_that_is_not_ours_is_refused(string old, string changed, string type)
    {
        var request = Signed(change: text => text.Replace(old, changed, StringComparison.Ordinal));

        Assert.Equal(type, Verify(request)!.Type);
    }

    [Fact]
    public void A_session_key_without_its_token_is_refused()
    {
        var request = Signed(signer: Signer with { KeyId = EndpointUnderTest.AccessKeyId + "2" });

        Assert.Equal("UnrecognizedClientException", Verify(request)!.Type);
    }

    [Fact]
    public void A_stated_hash_must_be_that_of_the_body()
    {
        var request = Signed();
        request.Headers["x-amz-content-sha256"] = new string('0', 64);
        Assert.Equal("InvalidSignatureException", Verify(request)!.Type);

        request.Headers["x-amz-content-sha256"] = "UNSIGNED-PAYLOAD";
        Assert.Equal("InvalidSignatureException", Verify(request)!.Type);

        request.Headers["x-amz-content-sha256"] = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD";
        Assert.Equal("InvalidSignatureException", Verify(request)!.Type);
    }

    [Fact]
    public void A_changed_request_is_never_accepted()
    {
        var seed = TestSeed.Next();
        output.WriteLine($"HOTPATH_SEED={seed}");
        var random = new Random(seed);
        for (var round = 0; round < 3000; round++)
        {
            var request = Signed();
            var body = Body;
            var what = Mutate(request, ref body, random);

            Assert.True(Verify(request, body) is not null, $"accepted: {what} (seed {seed}, round {round})");
        }

        Assert.Null(Verify(Signed()));
    }

    [Fact]
    public void Without_keys_a_complete_claim_is_enough()
    {
        var verifier = new SignatureVerifier(null);
        var request = Signed(change: text => text[..^4] + "ffff");

        Assert.Null(verifier.Verify(request, Body, _nowSeconds, _scratch));
        request.Headers.Remove("Authorization");
        Assert.Equal(
            "MissingAuthenticationTokenException", verifier.Verify(request, Body, _nowSeconds, _scratch)!.Type);
    }

    private static string Mutate(HttpRequest request, ref byte[] body, Random random)
    {
        switch (random.Next(4))
        {
            case 0:
                body = [.. body];
                body[random.Next(body.Length)] ^= (byte)(1 << random.Next(8));
                return "body";
            case 1:
                var authorization = request.Headers.Authorization.ToString();
                var at = random.Next("AWS4-HMAC-SHA256 Credential=".Length, authorization.Length);
                request.Headers.Authorization = Changed(authorization, at, random);
                return "authorization";
            case 2:
                request.Headers["X-Amz-Target"] = "Kinesis_20131202.PutRecords";
                return "target";
            default:
                var name = random.Next(2) == 0 ? "Host" : "X-Amz-Date";
                var value = request.Headers[name].ToString();
                request.Headers[name] = Changed(value, random.Next(value.Length), random);
                return name;
        }
    }

    /// <summary>One character becomes another, and not only its own capital.</summary>
    private static string Changed(string text, int at, Random random)
    {
        const string Others = "0123456789abcdefxyz/;=";
        char other;
        do
        {
            other = Others[random.Next(Others.Length)];
        }
        while (char.ToLowerInvariant(other) == char.ToLowerInvariant(text[at]));

        return string.Concat(text.AsSpan(0, at), [other], text.AsSpan(at + 1));
    }

    private Refusal? Verify(HttpRequest request, byte[]? body = null) =>
        _verifier.Verify(request, body ?? Body, _nowSeconds, _scratch);

    private static HttpRequest Signed(
        (string Name, string Value)[]? headers = null, RequestSigner? signer = null, Func<string, string>? change = null)
    {
        headers ??= [("host", Host), ("x-amz-date", Date), ("x-amz-target", "Kinesis_20131202.PutRecord")];
        var authorization = (signer ?? Signer).Authorization("POST", "/", headers, Body, Date);
        return Request("/", [.. headers, ("Authorization", change?.Invoke(authorization) ?? authorization)]);
    }

    private static HttpRequest Request(string target, params (string Name, string Value)[] headers)
    {
        var http = new DefaultHttpContext();
        http.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget = target;
        var question = target.IndexOf('?', StringComparison.Ordinal);
        http.Request.Method = "POST";
        http.Request.QueryString = new QueryString(question < 0 ? null : target[question..]);
        http.Request.Headers.Host = Host;
        foreach (var (name, value) in headers.Where(header => header.Name[0] != ':'))
        {
            http.Request.Headers[name] = value;
        }

        return http.Request;
    }
}
