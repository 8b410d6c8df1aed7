using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using HotPath.LoadGenerator.Kinesis;
using HotPath.LoadGenerator.Run;

namespace HotPath.LoadGenerator.Cli;

/// <summary>What the options' texts mean; what is wrong is said in the words of the option.</summary>
internal static class OptionText
{
    public static Endpoint Endpoint(ArgumentResult result)
    {
        var text = result.Tokens[0].Value;
        var colon = text.LastIndexOf(':');
        if (colon > 0
            && int.TryParse(text.AsSpan(colon + 1), CultureInfo.InvariantCulture, out var port)
            && port is > 0 and < 65_536)
        {
            return new Endpoint(text[..colon].Trim('[', ']'), port);
        }

        result.AddError($"'{text}' is not HOST:PORT, such as 127.0.0.1:9999.");
        return default;
    }

    public static double Rate(ArgumentResult result)
    {
        var text = result.Tokens[0].Value;
        if (text == "max")
        {
            return double.PositiveInfinity;
        }

        if (double.TryParse(text, CultureInfo.InvariantCulture, out var rate) && rate > 0)
        {
            return rate;
        }

        result.AddError($"'{text}' is no rate: write readings per second, or max.");
        return 0;
    }

    public static TimeSpan? Duration(ArgumentResult result)
    {
        var text = result.Tokens[0].Value;
        if (!DurationText.TryParse(text, out var duration))
        {
            result.AddError($"'{text}' is not a duration: write 250ms, 30s, 5m, 1h.");
        }

        return duration;
    }

    public static double Share(ArgumentResult result)
    {
        var text = result.Tokens[0].Value;
        var percent = text.EndsWith('%');
        if (double.TryParse(text.AsSpan().TrimEnd('%'), CultureInfo.InvariantCulture, out var share)
            && share * (percent ? 0.01 : 1) is var value and >= 0 and <= 1)
        {
            return value;
        }

        result.AddError($"'{text}' is no share: write 0.001 or 0.1%.");
        return 0;
    }

    public static Uri? Page(ArgumentResult result)
    {
        var text = result.Tokens[0].Value;
        if (Uri.TryCreate(text, UriKind.Absolute, out var page) && page.Scheme is "http" or "https")
        {
            return page;
        }

        result.AddError($"'{text}' is not a page, such as http://127.0.0.1:8080/metrics.");
        return null;
    }

    public static int InRange(ParseResult parsed, Option<int> option, int min, int max)
    {
        var value = parsed.GetValue(option);
        return value >= min && value <= max
            ? value
            : throw new UsageFault(FormattableString.Invariant($"{option.Name} is {min:N0} to {max:N0}."));
    }

    /// <summary>The keys from the option and its file, or from the environment.</summary>
    public static SigningOptions Signing(Endpoint endpoint, string region, string? accessKey, FileInfo? secretKeyFile)
    {
        if (secretKeyFile is { Exists: false })
        {
            throw new UsageFault($"--secret-key-file: there is no file {secretKeyFile}.");
        }

        var secretKey = secretKeyFile is null
            ? Environment.GetEnvironmentVariable("AWS_SECRET_ACCESS_KEY")
            : File.ReadAllText(secretKeyFile.FullName).Trim();
        accessKey ??= Environment.GetEnvironmentVariable("AWS_ACCESS_KEY_ID");
        return string.IsNullOrEmpty(accessKey) || string.IsNullOrEmpty(secretKey)
            ? throw new UsageFault(
                "PutRecords must be signed: give --access-key and --secret-key-file, "
                + "or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.")
            : new SigningOptions
            {
                Host = endpoint.ToString(),
                Region = region,
                AccessKey = accessKey,
                SecretKey = secretKey,
            };
    }
}
