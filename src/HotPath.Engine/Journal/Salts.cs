using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace HotPath.Engine.Journal;

/// <summary>Random salts for segments. Any thread may call it.</summary>
internal static class Salts
{
    public static ulong Next()
    {
        var salt = 0UL;

        // Safe because a ulong is eight bytes of anything. Worth it: no allocation on the journal's thread.
        RandomNumberGenerator.Fill(MemoryMarshal.AsBytes(new Span<ulong>(ref salt)));
        return salt;
    }
}
