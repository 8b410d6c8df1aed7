using Amazon.Runtime;
using Amazon.Runtime.Credentials;

namespace HotPath.Kinesis.Client;

/// <summary>What a request is signed with. Never printed.</summary>
internal sealed class AwsKey(string id, string secret, string? sessionToken)
{
    public string Id { get; } = id;

    public string Secret { get; } = secret;

    public string? SessionToken { get; } = sessionToken;
}

/// <summary>Gives the key that is valid now. Any thread.</summary>
/// <exception cref="AwsFaultException">There is none at the moment.</exception>
internal delegate ValueTask<AwsKey> AwsKeySource(CancellationToken stop);

/// <summary>
/// Keys as the AWS tools find them: environment, profile, web identity, container, instance; renewed before they expire.
/// </summary>
internal static class AwsKeyChain
{
    public static AwsKeySource Create()
    {
        AWSCredentials? found = null;
        return async _ =>
        {
            try
            {
                // Looked for at the first use, so that a plant without keys starts all the same and says what is missing.
                found ??= DefaultAWSCredentialsIdentityResolver.GetCredentials();
                var key = await found.GetCredentialsAsync();
                return new AwsKey(key.AccessKey, key.SecretKey, key.UseToken ? key.Token : null);
            }
            catch (Exception fault) when (fault is AmazonClientException or AmazonServiceException or InvalidOperationException)
            {
                throw new AwsFaultException(
                    "NoCredentials",
                    "No AWS credentials were found. Give AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, a profile in " +
                    $"~/.aws/credentials, or the role of an instance or container. ({fault.Message})",
                    fault);
            }
        };
    }
}
