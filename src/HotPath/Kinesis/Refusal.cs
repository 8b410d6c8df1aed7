namespace HotPath.Kinesis;

/// <summary>
/// Why a call is not carried out, in the words of the API. What real clients read: the status, the type (they retry by
/// it), and for clock skew the message too.
/// </summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="Type">The exception's name, as the model of the service has it.</param>
/// <param name="Message">Null where the service sends none.</param>
/// <param name="Outcome">How it is counted.</param>
internal sealed record Refusal(int Status, string Type, string? Message, CallOutcome Outcome)
{
    public static Refusal Serialization { get; } = new(400, "SerializationException", null, CallOutcome.Invalid);

    public static Refusal UnknownOperation { get; } = new(400, "UnknownOperationException", null, CallOutcome.Invalid);

    public static Refusal InternalFailure { get; } = new(500, "InternalFailure", null, CallOutcome.Failed);

    public static Refusal LedgerDamaged { get; } = new(
        500, "InternalFailure", "What was found is damaged from here on; the operator's log has the place.", CallOutcome.Failed);

    public static Refusal Closed { get; } = new(
        503, "ServiceUnavailable", "The service is starting or stopping.", CallOutcome.Unavailable);

    public static Refusal NoMemory { get; } = new(
        503, "ServiceUnavailable", "Too many large requests are under way.", CallOutcome.Throttled);

    public static Refusal TypeError(string message) => new(400, "SerializationException", message, CallOutcome.Invalid);

    public static Refusal Validation(string message) => new(400, "ValidationException", message, CallOutcome.Invalid);

    public static Refusal InvalidArgument(string message) =>
        new(400, "InvalidArgumentException", message, CallOutcome.Invalid);

    public static Refusal NotFound(string message) =>
        new(400, "ResourceNotFoundException", message, CallOutcome.Invalid);

    public static Refusal InUse(string message) => new(400, "ResourceInUseException", message, CallOutcome.Invalid);

    public static Refusal LimitExceeded(string message) => new(400, "LimitExceededException", message, CallOutcome.Invalid);

    public static Refusal ExpiredIterator(string message) =>
        new(400, "ExpiredIteratorException", message, CallOutcome.Invalid);

    public static Refusal AccessDenied(string message) => new(400, "AccessDeniedException", message, CallOutcome.Denied);

    public static Refusal Unauthenticated(string type, string message) => new(400, type, message, CallOutcome.Denied);

    public static Refusal Throttled(string message) =>
        new(400, "ProvisionedThroughputExceededException", message, CallOutcome.Throttled);

    /// <summary>Type errors carry their text in a member with a capital.</summary>
    public string MessageMember => Type == "SerializationException" ? "Message" : "message";
}

/// <summary>How a call ended, for the counters.</summary>
internal enum CallOutcome
{
    Answered,

    /// <summary>A bad request: the caller's fault, not to be retried.</summary>
    Invalid,

    /// <summary>Not signed, wrongly signed or not allowed.</summary>
    Denied,

    /// <summary>Nothing was taken; the caller is to come again.</summary>
    Throttled,

    /// <summary>Starting, stopping.</summary>
    Unavailable,

    Failed,

    /// <summary>The caller went away.</summary>
    Aborted,
}
