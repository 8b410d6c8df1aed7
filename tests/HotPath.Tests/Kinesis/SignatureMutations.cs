namespace HotPath.Tests.Kinesis;

/// <summary>
/// Changes of a signed call in one place. A forgery must be refused; a harmless change is one that the description of the
/// signature allows on the way. Each says whether it could be made: not every call has a query or a token.
/// </summary>
internal static class SignatureMutations
{
    public static readonly (string Name, Func<ReferenceCall, Random, bool> Apply)[] Forgeries =
    [
        ("a digit of the signature", (call, random) => Set(call.Signature = OtherDigit(call.Signature, random))),
        ("a digit of the signature in capitals", CapitalDigit),
        ("a signature cut", (call, random) => Set(call.Signature = call.Signature[..random.Next(64)])),
        ("a signature prolonged", (call, _) => Set(call.Signature += "0")),
        ("a character of a signed value", (call, random) => ChangeValue(call, random, OtherCharacter)),
        ("the case of a signed value", (call, random) => ChangeValue(call, random, OtherCase)),
        ("a space within a signed value", (call, random) => ChangeValue(call, random, (text, at, _) => text.Insert(at, " "))),
        ("a tab for a space of a signed value", (call, random) => ChangeValue(call, random, (text, _, _) => text.Replace(' ', '\t'))),
        ("a no-break space behind a signed value", (call, random) => ChangeValue(call, random, (text, _, _) => text + "\u00a0")),
        ("a signed value emptied", (call, random) => ChangeValue(call, random, (_, _, _) => "")),
        ("a signed header dropped", DropHeader),
        ("a signed header twice", RepeatHeader),
        ("a signed value moved to its neighbour", MoveCharacter),
        ("a name taken from the list", (call, random) => Set(RemoveAt(call.SignedNames, random))),
        ("a name added to the list", (call, random) => Insert(call.SignedNames, "user-agent", random)),
        ("a name of nothing added to the list", (call, random) => Insert(call.SignedNames, "", random)),
        ("a name twice in the list", (call, random) => Insert(call.SignedNames, call.SignedNames[random.Next(call.SignedNames.Count)], random)),
        ("two names of the list exchanged", ExchangeNames),
        ("a name of the list in capitals", CapitalName),
        ("host named :authority or the other way", OtherHostName),
        ("a bit of the body", ChangeBody),
        ("the body cut", (call, random) => Set(call.Body = call.Body[..random.Next(call.Body.Length)])),
        ("the body prolonged", (call, _) => Set(call.Body = [.. call.Body, (byte)' '])),
        ("the method", (call, random) => Set(call.Method = Pick(random, "GET", "PUT", "post", "POST ", "OPTIONS"))),
        ("the path", (call, random) => Set(call.Path = Pick(random, "/x", "//", "/.", "/%2F", "/%20", "/a/..") + call.Path)),
        ("a parameter added", (call, random) => Set(call.Query = Joined(call.Query, Pick(random, "a=b", "zz", "X-Amz-Signature=00", "X-Amz-Date=1")))),
        ("a character of the query", ChangeQuery),
        ("a parameter dropped", DropParameter),
        ("a parameter twice", RepeatParameter),
        ("a query that claims too", (call, _) => Set(call.Query = Joined(call.Query, "X-Amz-Algorithm=AWS4-HMAC-SHA256"))),
        ("the day of the scope", (call, _) => Set(call.Scope[0] = "20260103")),
        ("a part of the scope", (call, random) => ChangePart(call.Scope, random, OtherCharacter)),
        ("the case of a part of the scope", (call, random) => ChangePart(call.Scope, random, OtherCase)),
        ("a part of the scope twice", (call, _) => Set(call.Scope = [.. call.Scope, call.Scope[^1]])),
        ("two parts of the scope exchanged", (call, _) => { call.Scope.AsSpan(1, 2).Reverse(); return true; }),
        ("another known key", (call, random) => OtherKey(call, SignatureForgeryTests.Keys[random.Next(SignatureForgeryTests.Keys.Length)].Id)),
        ("a key that is not known", (call, random) => Set(call.KeyId = OtherCharacter(call.KeyId, random.Next(call.KeyId.Length), random))),
        ("the case of the key", (call, _) => Set(call.KeyId = call.KeyId.ToLowerInvariant())),
        ("a token where none was signed", AddToken),
        ("another hash stated", AddHash),
        ("the algorithm", (call, random) => Set(call.Algorithm = Pick(random, "AWS4-HMAC-SHA1", "aws4-hmac-sha256", "AWS4", "AWS4-HMAC-SHA256x"))),
        ("the authorization twice", (call, _) => Set(call.Authorizations = text => [text, text])),
        ("a stranger's authorization before", (call, _) => Set(call.Authorizations = text => [text.Replace(call.KeyId, "HPSTRANGER", StringComparison.Ordinal), text])),
        ("the signature twice in the authorization", (call, _) => Set(call.Authorizations = text => [$"{text}, Signature={call.Signature}"])),
        ("a false signature before the good one", (call, _) => Set(call.Authorizations = text => [text.Replace(" Signature=", " Signature=00, Signature=", StringComparison.Ordinal)])),
        ("no authorization", (call, _) => Set(call.Authorizations = _ => [])),
    ];

    public static readonly (string Name, Func<ReferenceCall, Random, bool> Apply)[] Harmless =
    [
        ("nothing", (_, _) => true),
        ("the order of headers", (call, random) => { var sent = call.Headers.ToArray(); random.Shuffle(sent); return Set(call.Headers = [.. sent]); }),
        ("the case of header names", (call, _) => Set(call.Headers = [.. call.Headers.Select(header => (header.Name.ToUpperInvariant(), header.Value))])),
        ("headers that are not signed", (call, random) => Insert(call.Headers, ("X-Forwarded-For", "10.0.0.7"), random)),
        ("an unsigned header changed", (call, random) => Change(call, call.HeaderAt("user-agent"), random, OtherCharacter)),
        ("spaces around a value", (call, _) => Respace(call, value => $"  {value} \t")),
        ("runs of spaces", (call, _) => Respace(call, value => value.Replace(" ", "   ", StringComparison.Ordinal))),
        ("no space behind commas", (call, _) => Set(call.Authorizations = text => [text.Replace(", ", ",", StringComparison.Ordinal)])),
        ("the order within the authorization", (call, _) => Set(call.Authorizations = Reversed)),
        ("the order of parameters", (call, random) => { var sent = call.Query.Split('&'); random.Shuffle(sent); return Set(call.Query = string.Join('&', sent)); }),
        ("an empty parameter without its sign", (call, _) => Set(call.Query = call.Query.Replace("empty=", "empty", StringComparison.Ordinal))),
    ];

    private static string[] Reversed(string authorization)
    {
        var space = authorization.IndexOf(' ', StringComparison.Ordinal);
        return [authorization[..space] + ' ' + string.Join(", ", authorization[(space + 1)..].Split(", ").Reverse())];
    }

    // Dates, tokens and hashes are read too, and not only signed: of them the server has taken the spaces off before.
    private static bool Respace(ReferenceCall call, Func<string, string> change)
    {
        call.Headers = [.. call.Headers.Select(header => header.Name is "Content-Type" or "Amz-Sdk-Request" or "X-Amz-Target"
            ? (header.Name, change(header.Value))
            : header)];
        return true;
    }

    private static bool Set(object? made) => made is not null;

    private static bool Insert<T>(List<T> into, T value, Random random)
    {
        into.Insert(random.Next(into.Count + 1), value);
        return true;
    }

    private static string RemoveAt(List<string> from, Random random)
    {
        var at = random.Next(from.Count);
        var removed = from[at];
        from.RemoveAt(at);
        return removed;
    }

    private static string Pick(Random random, params string[] choices) => choices[random.Next(choices.Length)];

    private static string Joined(string query, string parameter) => query.Length == 0 ? parameter : $"{query}&{parameter}";

    private static string OtherCharacter(string text, int at, Random random)
    {
        const string Others = "0123456789abcdefXYZ/;=.-";
        char other;
        do
        {
            other = Others[random.Next(Others.Length)];
        }
        while (other == text[at]);

        return string.Concat(text.AsSpan(0, at), [other], text.AsSpan(at + 1));
    }

    private static string OtherDigit(string text, Random random)
    {
        var at = random.Next(text.Length);
        var bit = Convert.ToInt32(text[at].ToString(), 16) ^ (1 << random.Next(4));
        return string.Concat(text.AsSpan(0, at), bit.ToString("x1"), text.AsSpan(at + 1));
    }

    private static string OtherCase(string text, int at, Random random)
    {
        var other = char.IsLower(text[at]) ? char.ToUpperInvariant(text[at]) : char.ToLowerInvariant(text[at]);
        return string.Concat(text.AsSpan(0, at), [other], text.AsSpan(at + 1));
    }

    private static bool CapitalDigit(ReferenceCall call, Random random)
    {
        var before = call.Signature;
        call.Signature = OtherCase(before, random.Next(before.Length), random);
        return call.Signature != before;
    }

    private static bool ChangeValue(ReferenceCall call, Random random, Func<string, int, Random, string> change) =>
        Change(call, call.SignedAt(call.SignedNames[random.Next(call.SignedNames.Count)]), random, change);

    private static bool Change(ReferenceCall call, int index, Random random, Func<string, int, Random, string> change)
    {
        var (name, value) = call.Headers[index];
        var changed = change(value, random.Next(value.Length), random);
        call.Headers[index] = (name, changed);
        return Spaced(changed) != Spaced(value);
    }

    // What a change of spaces leaves the same is no forgery: spaces around, and runs of them.
    private static string Spaced(string text) => string.Join(' ', text.Trim(' ').Split(' ', StringSplitOptions.RemoveEmptyEntries));

    private static bool ChangePart(string[] parts, Random random, Func<string, int, Random, string> change)
    {
        var at = random.Next(parts.Length);
        var before = parts[at];
        parts[at] = change(before, random.Next(before.Length), random);
        return parts[at] != before;
    }

    private static bool DropHeader(ReferenceCall call, Random random)
    {
        call.Headers.RemoveAt(call.SignedAt(call.SignedNames[random.Next(call.SignedNames.Count)]));
        return true;
    }

    private static bool RepeatHeader(ReferenceCall call, Random random) =>
        Insert(call.Headers, call.Headers[call.SignedAt(call.SignedNames[random.Next(call.SignedNames.Count)])], random);

    private static bool MoveCharacter(ReferenceCall call, Random random)
    {
        var at = random.Next(call.SignedNames.Count - 1);
        var (from, to) = (call.SignedAt(call.SignedNames[at]), call.SignedAt(call.SignedNames[at + 1]));
        var (value, moved) = (call.Headers[from].Value[..^1], call.Headers[from].Value[^1]);
        call.Headers[from] = (call.Headers[from].Name, value);
        call.Headers[to] = (call.Headers[to].Name, moved + call.Headers[to].Value);
        return true;
    }

    private static bool ExchangeNames(ReferenceCall call, Random random)
    {
        var at = random.Next(call.SignedNames.Count - 1);
        call.SignedNames.Reverse(at, 2);
        return true;
    }

    private static bool CapitalName(ReferenceCall call, Random random)
    {
        var at = random.Next(call.SignedNames.Count);
        call.SignedNames[at] = call.SignedNames[at].ToUpperInvariant();
        return true;
    }

    private static bool OtherHostName(ReferenceCall call, Random random)
    {
        var at = call.SignedNames.FindIndex(name => name is "host" or ":authority");
        call.SignedNames[at] = call.SignedNames[at] == "host" ? ":authority" : "host";
        return true;
    }

    private static bool ChangeBody(ReferenceCall call, Random random)
    {
        call.Body = [.. call.Body];
        call.Body[random.Next(call.Body.Length)] ^= (byte)(1 << random.Next(8));
        return true;
    }

    private static bool ChangeQuery(ReferenceCall call, Random random)
    {
        if (call.Query.Length == 0)
        {
            return false;
        }

        // A letter of a name or value: separators may part the same parameters in another way.
        var at = random.Next(call.Query.Length);
        var before = call.Query;
        call.Query = string.Concat(before.AsSpan(0, at), "Q", before.AsSpan(at + 1));
        return char.IsAsciiLetterOrDigit(before[at]) && before[at] != 'Q';
    }

    private static bool DropParameter(ReferenceCall call, Random random)
    {
        var parameters = call.Query.Split('&').ToList();
        _ = RemoveAt(parameters, random);
        call.Query = string.Join('&', parameters);
        return parameters.Count > 0;
    }

    private static bool RepeatParameter(ReferenceCall call, Random random)
    {
        var parameters = call.Query.Split('&').ToList();
        Insert(parameters, parameters[random.Next(parameters.Count)], random);
        call.Query = string.Join('&', parameters);
        return call.Query.Length > 1;
    }

    private static bool OtherKey(ReferenceCall call, string id)
    {
        var before = call.KeyId;
        call.KeyId = id;
        return before != id;
    }

    private static bool AddToken(ReferenceCall call, Random random) =>
        call.HeaderAt("x-amz-security-token") < 0 && Insert(call.Headers, ("X-Amz-Security-Token", "t"), random);

    private static bool AddHash(ReferenceCall call, Random random) =>
        call.HeaderAt("x-amz-content-sha256") < 0
        && Insert(
            call.Headers,
            ("x-amz-content-sha256", Pick(random, "UNSIGNED-PAYLOAD", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD", new string('0', 64))),
            random);
}
