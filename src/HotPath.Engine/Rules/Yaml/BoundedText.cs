namespace HotPath.Engine.Rules.Yaml;

/// <summary>
/// Hands a text to a parser that must find something in every so many characters: past that the text ends, so that no
/// endless scalar or comment costs more than its first part. One thread.
/// </summary>
internal sealed class BoundedText(string text) : TextReader
{
    private int _at;
    private int _end = Math.Min(text.Length, RuleLimits.CharsBetweenValuesMax);

    /// <summary>The parser was told of an end where the text goes on: what it found there means nothing.</summary>
    public bool IsCut { get; private set; }

    /// <summary>The parser has found something.</summary>
    public void GoOn() => _end = (int)Math.Min(text.Length, _at + (long)RuleLimits.CharsBetweenValuesMax);

    public override int Peek() => _at < _end ? text[_at] : End();

    public override int Read() => _at < _end ? text[_at++] : End();

    private int End()
    {
        IsCut |= _end < text.Length;
        return -1;
    }
}
