using System.Buffers;
using HotPath.Kinesis.Wire;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;

namespace HotPath.Kinesis.Signing;

/// <summary>
/// Writes what the client signed:
/// <code>
/// method \n path \n sorted query \n (name:value \n for each signed header) \n signed headers \n hex SHA-256 of the body
/// </code>
/// </summary>
internal static class CanonicalRequest
{
    private static readonly SearchValues<char> PathUnreserved = SearchValues.Create(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~/");

    public static void Write(
        ByteBuilder into, HttpRequest request, SignedHeaders signed, bool isPresigned, ReadOnlySpan<char> bodyHash)
    {
        var target = request.HttpContext.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget.AsSpan();
        var question = target.IndexOf('?');

        into.Append(request.Method);
        into.Append((byte)'\n');
        AppendPath(into, question < 0 ? target : target[..question]);
        into.Append((byte)'\n');
        if (question >= 0)
        {
            AppendQuery(into, target[(question + 1)..].ToString(), isPresigned);
        }

        into.Append((byte)'\n');
        foreach (var name in signed.Names)
        {
            into.Append(name);
            into.Append((byte)':');
            AppendValues(into, ValuesOf(request, name));
            into.Append((byte)'\n');
        }

        into.Append((byte)'\n');
        into.Append(signed.List);
        into.Append((byte)'\n');
        into.Append(bodyHash);
    }

    // HTTP/2 clients sign the pseudo header; the server hands it over as Host.
    private static StringValues ValuesOf(HttpRequest request, string name) =>
        name == ":authority" ? request.Headers.Host : request.Headers[name];

    /// <summary>Every service but S3 encodes the path once more: percent signs become %25.</summary>
    private static void AppendPath(ByteBuilder into, ReadOnlySpan<char> path)
    {
        if (path.IsEmpty)
        {
            into.Append((byte)'/');
        }

        while (!path.IsEmpty)
        {
            var plain = path.IndexOfAnyExcept(PathUnreserved);
            into.Append(plain < 0 ? path : path[..plain]);
            if (plain < 0)
            {
                return;
            }

            into.Append(Uri.EscapeDataString(path.Slice(plain, 1)));
            path = path[(plain + 1)..];
        }
    }

    /// <summary>In the order of names: as text, <c>a-b=</c> would stand before <c>a=</c>.</summary>
    private static void AppendQuery(ByteBuilder into, string query, bool isPresigned)
    {
        var parameters = query.Split('&', StringSplitOptions.RemoveEmptyEntries)
            .Select(parameter => parameter.Split('=', 2))
            .Select(parts => (Name: parts[0], Value: parts.Length > 1 ? parts[1] : ""))
            .Where(parameter => !isPresigned || parameter.Name != "X-Amz-Signature")
            .OrderBy(parameter => parameter.Name, StringComparer.Ordinal)
            .ThenBy(parameter => parameter.Value, StringComparer.Ordinal)
            .Select(parameter => $"{parameter.Name}={parameter.Value}");
        into.Append(string.Join('&', parameters));
    }

    private static void AppendValues(ByteBuilder into, StringValues values)
    {
        for (var index = 0; index < values.Count; index++)
        {
            if (index > 0)
            {
                into.Append((byte)',');
            }

            AppendValue(into, values[index].AsSpan().Trim(" \t"));
        }
    }

    /// <summary>Runs of spaces become one space.</summary>
    private static void AppendValue(ByteBuilder into, ReadOnlySpan<char> value)
    {
        while (true)
        {
            var run = value.IndexOf("  ", StringComparison.Ordinal);
            if (run < 0)
            {
                into.Append(value);
                return;
            }

            into.Append(value[..(run + 1)]);
            value = value[(run + 1)..].TrimStart(' ');
        }
    }
}
