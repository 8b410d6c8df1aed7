namespace HotPath.Kinesis.Client;

/// <summary>A service has refused a call, or could not be asked. Message: problem, as the service tells it.</summary>
internal sealed class AwsFaultException : Exception
{
    public AwsFaultException(string type, string message, Exception? inner = null)
        : base(message, inner)
    {
        Type = type;
    }

    /// <summary>The exception's name in the API, e.g. <c>ExpiredIteratorException</c>; <c>Network</c> when nobody answered.</summary>
    public string Type { get; }

    /// <summary>Come again later, more slowly.</summary>
    public bool IsThrottle => Type is "ProvisionedThroughputExceededException" or "LimitExceededException" or "ThrottlingException"
        or "KMSThrottlingException" or "RequestLimitExceeded" or "TooManyRequestsException";
}
