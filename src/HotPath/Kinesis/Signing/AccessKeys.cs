using System.Collections.Frozen;

namespace HotPath.Kinesis.Signing;

/// <summary>
/// The access keys that may sign, read from a file at the start and at SIGHUP. Any thread may look up. The file has the form of the AWS tools'
/// own credentials file, so that one file can serve both sides:
/// <code>
/// [gateway-hall-3]
/// aws_access_key_id = HPGATEWAYHALL3
/// aws_secret_access_key = ...
/// aws_session_token = ...        ; optional: then every request must carry it, signed
/// </code>
/// Lines that begin with <c>#</c> or <c>;</c> are comments. A key stands once.
/// </summary>
internal sealed class AccessKeys
{
    private readonly FrozenDictionary<string, AccessKey> _byId;

    public AccessKeys(IEnumerable<AccessKey> keys)
    {
        _byId = keys.ToFrozenDictionary(key => key.Id, StringComparer.Ordinal);
    }

    public int Count => _byId.Count;

    public bool TryGet(string id, out AccessKey key)
    {
        var known = _byId.TryGetValue(id, out var found);
        key = found!;
        return known;
    }

    /// <exception cref="KinesisConfigurationException">The file cannot be read, or a line is not understood.</exception>
    public static AccessKeys Load(string path)
    {
        string[] lines;
        try
        {
            lines = File.ReadAllLines(path);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new KinesisConfigurationException(
                $"The file of access keys {path} cannot be read: {fault.Message} Correct kinesis.auth.keys.", fault);
        }

        return Parse(lines, path);
    }

    internal static AccessKeys Parse(IReadOnlyList<string> lines, string path)
    {
        var keys = new Dictionary<string, AccessKey>(StringComparer.Ordinal);
        var section = new Section(null, 0);
        for (var at = 0; at < lines.Count; at++)
        {
            var line = lines[at].AsSpan().Trim();
            if (line.IsEmpty || line[0] is '#' or ';')
            {
                continue;
            }

            if (line[0] == '[' && line[^1] == ']')
            {
                section.AddTo(keys, path);
                section = new Section(line[1..^1].Trim().ToString(), at + 1);
            }
            else if (!section.TrySet(line))
            {
                // The line itself may hold a secret: only its number is told.
                throw new KinesisConfigurationException(
                    $"{path}, line {at + 1} is not understood. Write [name], aws_access_key_id = ..., " +
                    "aws_secret_access_key = ... or aws_session_token = ...");
            }
        }

        section.AddTo(keys, path);
        return keys.Count > 0
            ? new AccessKeys(keys.Values)
            : throw new KinesisConfigurationException($"{path} holds no access key. Add one, or remove kinesis.auth.keys.");
    }

    private sealed class Section(string? name, int lineNumber)
    {
        private string? _id;
        private string? _secret;
        private string? _token;

        public bool TrySet(ReadOnlySpan<char> line)
        {
            var equals = line.IndexOf('=');
            if (equals < 0 || name is null)
            {
                return false;
            }

            var value = line[(equals + 1)..].Trim().ToString();
            switch (line[..equals].Trim())
            {
                case "aws_access_key_id":
                    _id = value;
                    return value.Length > 0;
                case "aws_secret_access_key":
                    _secret = value;
                    return value.Length > 0;
                case "aws_session_token":
                    _token = value;
                    return value.Length > 0;
                default:
                    return false;
            }
        }

        public void AddTo(Dictionary<string, AccessKey> keys, string path)
        {
            if (name is null)
            {
                return;
            }

            if (_id is null || _secret is null)
            {
                throw new KinesisConfigurationException(
                    $"{path}, line {lineNumber}: [{name}] lacks aws_access_key_id or aws_secret_access_key. Give both.");
            }

            if (!keys.TryAdd(_id, new AccessKey(name, _id, _secret, _token)))
            {
                throw new KinesisConfigurationException(
                    $"{path}, line {lineNumber}: access key {_id} stands twice. Keep one of them.");
            }
        }
    }
}

/// <summary>One access key. Never printed: the secret stays here.</summary>
internal sealed class AccessKey(string name, string id, string secret, string? sessionToken)
{
    /// <summary>Who it is, for messages.</summary>
    public string Name { get; } = name;

    public string Id { get; } = id;

    public string Secret { get; } = secret;

    public string? SessionToken { get; } = sessionToken;
}
