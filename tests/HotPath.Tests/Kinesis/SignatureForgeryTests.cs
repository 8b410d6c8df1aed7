using System.Globalization;
using System.Net.Http.Headers;
using HotPath.Kinesis.Client;
using HotPath.Kinesis.Signing;
using HotPath.Kinesis.Wire;
using HotPath.TestKit;
using Xunit.Abstractions;

namespace HotPath.Tests.Kinesis;

/// <summary>
/// Random signed calls, each changed in one place: no forgery is accepted, no harmless change is refused.
/// HOTPATH_SIGNATURES sets how many.
/// </summary>
public sealed class SignatureForgeryTests(ITestOutputHelper output)
{
    internal static readonly AccessKey[] Keys =
    [
        new("gateway", "HPTESTGATEWAY", "an invented secret/of+a gateway", null),
        new("hall", "HPTESTHALL", "another invented secret", null),
        new("session", "HPTESTSESSION", "a third invented secret", "token+of/a=session"),
    ];

    private static readonly string[] Regions = ["eu-central-1", "us-east-1", "plant"];

    private readonly SignatureVerifier _verifier = new(new AccessKeys(Keys));
    private readonly ByteBuilder _scratch = new();

    [Fact]
    public void Of_random_changes_no_forgery_is_accepted_and_nothing_harmless_refused()
    {
        var seed = TestSeed.Next();
        var count = int.TryParse(
            Environment.GetEnvironmentVariable("HOTPATH_SIGNATURES"), CultureInfo.InvariantCulture, out var wanted) ? wanted : 20_000;
        output.WriteLine($"HOTPATH_SEED={seed} HOTPATH_SIGNATURES={count}");
        var random = new Random(seed);
        var forged = new int[SignatureMutations.Forgeries.Length];
        var harmless = 0;
        for (var round = 0; harmless + forged.Sum() < count; round++)
        {
            var call = Genuine(random, out var nowSeconds);
            var isForgery = round % 8 != 0;
            var kinds = isForgery ? SignatureMutations.Forgeries : SignatureMutations.Harmless;
            var kind = random.Next(kinds.Length);
            if (!kinds[kind].Apply(call, random))
            {
                continue;
            }

            var refusal = _verifier.Verify(call.ToRequest(), call.Body, nowSeconds, _scratch);

            Assert.True(
                refusal is not null == isForgery,
                $"{(isForgery ? "accepted" : "refused")}: {kinds[kind].Name} (HOTPATH_SEED={seed}, round {round}): " +
                $"{call.Query} {string.Join(';', call.SignedNames)} {refusal?.Message}");
            forged[kind] += isForgery ? 1 : 0;
            harmless += isForgery ? 0 : 1;
        }

        Assert.True(count < 20_000 || forged.All(times => times > 0), "a kind of forgery was never tried");
        output.WriteLine($"{forged.Sum()} forgeries of {forged.Length} kinds refused, {harmless} harmless changes accepted");
    }

    /// <summary>
    /// Each was accepted once: digits were read in either case, any Unicode space was trimmed, X-Amz-Signature was left
    /// out of the query of calls signed by header too, and of a part that stood twice the last one counted.
    /// </summary>
    [Theory]
    [InlineData("a digit of the signature in capitals")]
    [InlineData("a no-break space behind a signed value")]
    [InlineData("a parameter added")]
    [InlineData("the authorization twice")]
    [InlineData("a stranger's authorization before")]
    [InlineData("the signature twice in the authorization")]
    [InlineData("a false signature before the good one")]
    public void A_forgery_that_was_accepted_once_is_refused(string name)
    {
        var apply = SignatureMutations.Forgeries.Single(kind => kind.Name == name).Apply;
        var random = new Random(7);
        for (var round = 0; round < 100; round++)
        {
            var call = Genuine(random, out var nowSeconds);

            Assert.True(
                !apply(call, random) || _verifier.Verify(call.ToRequest(), call.Body, nowSeconds, _scratch) is not null,
                $"accepted in round {round}: {call.Query}");
        }
    }

    /// <summary>They were sorted as pairs, so that name-x=1 came before name=2 and the genuine call was refused.</summary>
    [Fact]
    public void Parameters_are_sorted_by_name_and_not_by_the_text_of_the_pair()
    {
        var call = SignedByReference(
            Keys[0], "plant", [1], new TestClock().NowMicros / 1_000_000, new Random(7), "name-x=1&name=2");

        Assert.Null(_verifier.Verify(call.ToRequest(), call.Body, new TestClock().NowMicros / 1_000_000, _scratch));
    }

    private static ReferenceCall Genuine(Random random, out long nowSeconds)
    {
        var signedSeconds = (new TestClock().NowMicros / 1_000_000) + random.Next(60_000);
        nowSeconds = signedSeconds + random.Next(-300, 301);
        var key = Keys[random.Next(Keys.Length)];
        var region = Regions[random.Next(Regions.Length)];
        var body = new byte[random.Next(1, 200)];
        random.NextBytes(body);
        return random.Next(4) == 0
            ? SignedByOurs(key, region, body, signedSeconds)
            : SignedByReference(
                key, region, body, signedSeconds, random, random.Next(3) == 0 ? "name-x=1&name=2&empty=&b=%2Fp&b=1" : "");
    }

    /// <summary>As the client side of this program signs.</summary>
    private static ReferenceCall SignedByOurs(AccessKey key, string region, byte[] body, long seconds)
    {
        using var sent = new HttpRequestMessage(HttpMethod.Post, "http://127.0.0.1:4568/") { Content = new ByteArrayContent(body) };
        sent.Content.Headers.ContentType = new MediaTypeHeaderValue(EndpointUnderTest.JsonType);
        sent.Headers.Add("X-Amz-Target", "Kinesis_20131202.PutRecords");
        new RequestSignature(region, "kinesis").Sign(sent, body, new AwsKey(key.Id, key.Secret, key.SessionToken), seconds);
        var claim = sent.Headers.Authorization!.Parameter!.Split(", ").Select(part => part[(part.IndexOf('=') + 1)..]).ToArray();
        var scope = claim[0].Split('/');
        return new ReferenceCall
        {
            Body = body,
            KeyId = scope[0],
            Scope = scope[1..],
            SignedNames = [.. claim[1].Split(';')],
            Signature = claim[2],
            Headers =
            [
                ("Host", "127.0.0.1:4568"), ("Content-Type", EndpointUnderTest.JsonType), ("User-Agent", "invented/1"),
                .. sent.Headers.Where(header => header.Key != "Authorization")
                    .Select(header => (header.Key, string.Join(',', header.Value))),
            ],
        };
    }

    /// <summary>As the SDKs sign: with and without a stated hash, by host or :authority, by X-Amz-Date or Date.</summary>
    private static ReferenceCall SignedByReference(
        AccessKey key, string region, byte[] body, long seconds, Random random, string query)
    {
        var time = DateTime.UnixEpoch.AddSeconds(seconds);
        var amzDate = time.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture);
        var call = new ReferenceCall
        {
            Body = body,
            KeyId = key.Id,
            Scope = [amzDate[..8], region, "kinesis", "aws4_request"],
            Path = random.Next(4) == 0 ? "/a%20b/c" : "/",
            Query = query,
            Headers = [("Host", "127.0.0.1:4568"), ("User-Agent", "invented/1"), ("X-Amz-Target", "Kinesis_20131202.PutRecord")],
            SignedNames = [random.Next(2) == 0 ? "host" : ":authority", "x-amz-target"],
        };
        void AddSigned(string name, string value)
        {
            call.Headers.Add((name, value));
            call.SignedNames.Add(name.ToLowerInvariant());
        }

        var byDate = random.Next(4) == 0;
        AddSigned(byDate ? "Date" : "X-Amz-Date", byDate ? time.ToString("r", CultureInfo.InvariantCulture) : amzDate);
        if (random.Next(2) == 0)
        {
            AddSigned("X-Amz-Content-Sha256", Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(body)));
        }

        if (random.Next(2) == 0)
        {
            AddSigned("Content-Type", EndpointUnderTest.JsonType);
            AddSigned("Amz-Sdk-Request", "attempt=1; max=3 of three");
        }

        if (key.SessionToken is { } token)
        {
            AddSigned("X-Amz-Security-Token", token);
        }

        call.SignedNames.Sort(StringComparer.Ordinal);
        call.Sign(key.Secret, amzDate);
        return call;
    }
}
