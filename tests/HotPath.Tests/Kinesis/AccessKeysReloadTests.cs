using System.Text;
using HotPath.Kinesis;
using HotPath.Kinesis.Client;

namespace HotPath.Tests.Kinesis;

/// <summary>The file of keys is read again without a restart.</summary>
public sealed class AccessKeysReloadTests
{
    private const string NewId = "HPTESTNEW";
    private const string NewSecret = "a new invented secret";

    [Fact]
    public async Task A_new_key_signs_and_a_removed_one_signs_nothing_more_also_when_its_signing_key_was_derived()
    {
        await using var endpoint = await EndpointUnderTest.StartAsync(verifies: true);
        Assert.Equal(200, (await CallAsync(endpoint, EndpointUnderTest.AccessKeyId, EndpointUnderTest.Secret)).Status);
        Assert.Equal("UnrecognizedClientException", (await CallAsync(endpoint, NewId, NewSecret)).Type);

        endpoint.ReloadKeys($"[new]\naws_access_key_id = {NewId}\naws_secret_access_key = {NewSecret}\n");

        Assert.Equal(200, (await CallAsync(endpoint, NewId, NewSecret)).Status);
        var removed = await CallAsync(endpoint, EndpointUnderTest.AccessKeyId, EndpointUnderTest.Secret);
        Assert.Equal((400, "UnrecognizedClientException"), (removed.Status, removed.Type));
    }

    [Fact]
    public async Task A_secret_that_was_changed_is_the_only_one_that_signs()
    {
        await using var endpoint = await EndpointUnderTest.StartAsync(verifies: true);
        Assert.Equal(200, (await CallAsync(endpoint, EndpointUnderTest.AccessKeyId, EndpointUnderTest.Secret)).Status);

        endpoint.ReloadKeys($"[g]\naws_access_key_id = {EndpointUnderTest.AccessKeyId}\naws_secret_access_key = {NewSecret}\n");

        Assert.Equal(
            "InvalidSignatureException",
            (await CallAsync(endpoint, EndpointUnderTest.AccessKeyId, EndpointUnderTest.Secret)).Type);
        Assert.Equal(200, (await CallAsync(endpoint, EndpointUnderTest.AccessKeyId, NewSecret)).Status);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[half]\naws_access_key_id = HPTESTHALF\n")]
    public async Task A_faulty_file_changes_nothing(string text)
    {
        await using var endpoint = await EndpointUnderTest.StartAsync(verifies: true);

        Assert.Throws<KinesisConfigurationException>(() => endpoint.ReloadKeys(text));

        Assert.Equal(200, (await CallAsync(endpoint, EndpointUnderTest.AccessKeyId, EndpointUnderTest.Secret)).Status);
    }

    [Fact]
    public async Task An_expired_signature_is_answered_with_a_date_by_which_clients_set_their_clocks()
    {
        await using var endpoint = await EndpointUnderTest.StartAsync(verifies: true);

        var answer = await CallAsync(endpoint, EndpointUnderTest.AccessKeyId, EndpointUnderTest.Secret, lateSeconds: 301);

        Assert.Equal((400, "InvalidSignatureException"), (answer.Status, answer.Type));
        Assert.StartsWith("Signature expired: ", answer.Message, StringComparison.Ordinal);
        Assert.True(DateTimeOffset.TryParse(answer.Headers["Date"], out _));
    }

    private static async Task<Answered> CallAsync(EndpointUnderTest endpoint, string id, string secret, int lateSeconds = 0)
    {
        var body = Encoding.UTF8.GetBytes("{}");
        using var request = EndpointUnderTest.Request("ListStreams", body);
        request.RequestUri = endpoint.Client.BaseAddress;
        request.Headers.Remove("Authorization");
        request.Headers.Remove("X-Amz-Date");
        new RequestSignature("plant", "kinesis").Sign(
            request, body, new AwsKey(id, secret, null), (endpoint.Clock.NowMicros / 1_000_000) - lateSeconds);
        return await endpoint.SendAsync(request);
    }
}
