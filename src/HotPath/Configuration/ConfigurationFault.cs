using System.Globalization;

namespace HotPath.Configuration;

/// <summary>One thing that is wrong with the configuration, where it stands, and how to write it right.</summary>
/// <param name="File">The file, or <c>environment NAME</c>, or <c>command line</c>.</param>
/// <param name="Line">From 1; 0 where there are no lines (environment, command line).</param>
/// <param name="Column">From 1; 0 where there are no lines.</param>
internal sealed record ConfigurationFault(string File, int Line, int Column, string Problem, string Cure)
{
    /// <summary><c>hotpath.yaml:12:5: problem cure</c>: one line that editors and terminals can jump to.</summary>
    public override string ToString()
    {
        var place = Line > 0 ? string.Create(CultureInfo.InvariantCulture, $"{File}:{Line}:{Column}") : File;
        return Cure.Length > 0 ? $"{place}: {Problem} {Cure}" : $"{place}: {Problem}";
    }
}

/// <summary>Where a node was written.</summary>
internal readonly record struct ConfigurationPlace(string File, int Line, int Column)
{
    public ConfigurationFault Fault(string problem, string cure) => new(File, Line, Column, problem, cure);
}

/// <summary>A value from outside the file: <c>http.listen</c>, <c>udp.0.allow.1</c>.</summary>
/// <param name="Path">Keys and 0-based places in lists, joined by dots.</param>
internal sealed record ConfigurationOverride(string Path, string Value);
