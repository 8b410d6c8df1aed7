using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace HotPath.Engine;

/// <summary>Checks that stay on in Release. A failure is a bug in HotPath or damage to its memory, and stops the process.</summary>
internal static class Invariant
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Holds(
        [DoesNotReturnIf(false)] bool condition,
        [CallerArgumentExpression(nameof(condition))] string claim = "")
    {
        if (!condition)
        {
            ThrowBroken(claim);
        }
    }

    [DoesNotReturn]
    private static void ThrowBroken(string claim) => throw new InvariantBrokenException(claim);
}

/// <summary>A claim that HotPath's own code guarantees did not hold.</summary>
public sealed class InvariantBrokenException(string claim) : Exception($"Invariant broken: {claim}.");
