using System.Globalization;
using System.Text;

namespace HotPath.Outputs;

/// <summary>
/// How far an output has delivered, in a small file: everything before it is with the receiver, or with the dead letters.
/// Belongs to the output's task; any thread may read <see cref="Lsn"/>.
/// </summary>
internal sealed class OutputPosition
{
    private readonly string _directory;
    private readonly string _name;
    private long _lsn;

    /// <param name="directory">Of all sinks' positions.</param>
    /// <param name="name">The output's.</param>
    /// <param name="instance">The journal it follows: a position in another journal means nothing.</param>
    /// <exception cref="InvalidDataException">The file is no position.</exception>
    public OutputPosition(string directory, string name, Guid instance)
    {
        _directory = directory;
        _name = $"output-{name}-{instance}.position";
        var path = Path.Combine(directory, _name);
        if (File.Exists(path))
        {
            Stored = Parse(path);
            _lsn = Stored.Value.Lsn - 1;
        }
    }

    /// <summary>The first row that is not delivered; null before the first start.</summary>
    public RowPosition? Stored { get; private set; }

    /// <summary>Every row up to this LSN is out, and nobody will ask for it again.</summary>
    public long Lsn => Volatile.Read(ref _lsn);

    public void Store(RowPosition next)
    {
        if (Stored == next)
        {
            return;
        }

        WholeFile.Replace(
            _directory, _name, Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{next.Lsn} {next.Place}\n")));
        Stored = next;
        Volatile.Write(ref _lsn, next.Lsn - 1);
    }

    private static RowPosition Parse(string path)
    {
        var words = File.ReadAllText(path).Trim().Split(' ');
        return words.Length == 2
            && long.TryParse(words[0], NumberStyles.None, CultureInfo.InvariantCulture, out var lsn)
            && long.TryParse(words[1], NumberStyles.None, CultureInfo.InvariantCulture, out var place)
            ? new RowPosition(lsn, place)
            : throw new InvalidDataException(
                $"The output's position in {path} is none. Write the LSN and place of the first row to send into it, or delete " +
                "it: then the output begins as one that is new.");
    }
}
