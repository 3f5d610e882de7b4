using System.Globalization;
using System.Text.RegularExpressions;

namespace AmqpBroker.EndToEnd.Harness;

/// <summary>A system call; began and ended are line numbers of the trace, which are in the order of time.</summary>
internal sealed record SystemCall(string Name, string File, string Arguments, int Began, int Ended, bool Succeeded)
{
    public bool IsSend => Name is "sendto" or "sendmsg" or "sendmmsg" || (Name is "write" or "writev" && File.StartsWith("socket:", StringComparison.Ordinal));

    public bool IsWriteTo(string file) =>
        Name is "pwrite64" or "pwritev" or "pwritev2" or "write" or "writev" && Path.GetFileName(File).StartsWith(file, StringComparison.Ordinal);

    /// <summary>Whether these octets stand in its buffers. Buffers of one call are searched as if they were one.</summary>
    public bool Contains(byte[] octets) =>
        Arguments.Contains(string.Concat(octets.Select(o => "\\x" + o.ToString("x2", CultureInfo.InvariantCulture))), StringComparison.Ordinal);
}

/// <summary>The system calls of a process, as <c>strace -f -y -xx</c> writes them.</summary>
internal sealed partial class SystemCallTrace
{
    private readonly List<SystemCall> _calls = [];

    public static SystemCallTrace Read(IEnumerable<string> lines)
    {
        SystemCallTrace trace = new();
        Dictionary<string, (string Text, int Line)> unfinished = [];
        int number = 0;
        foreach (string line in lines)
        {
            number++;
            if (Unfinished().Match(line) is { Success: true } begun)
            {
                unfinished[begun.Groups["thread"].Value] = (begun.Groups["text"].Value, number);
            }
            else if (Resumed().Match(line) is { Success: true } resumed)
            {
                if (unfinished.Remove(resumed.Groups["thread"].Value, out (string Text, int Line) first))
                {
                    trace.Add(first.Text + resumed.Groups["text"].Value, first.Line, number);
                }
            }
            else if (Whole().Match(line) is { Success: true } whole)
            {
                trace.Add(whole.Groups["text"].Value, number, number);
            }
        }

        return trace;
    }

    public SystemCall? FirstOrDefault(Func<SystemCall, bool> match) => _calls.Find(call => match(call));

    public SystemCall Single(Func<SystemCall, bool> match, string what)
    {
        SystemCall[] found = [.. _calls.Where(match)];
        Assert.True(found.Length == 1, $"The trace of {_calls.Count} calls holds {what} {found.Length} times.");
        return found[0];
    }

    private void Add(string text, int began, int ended)
    {
        Match call = Call().Match(text);
        if (call.Success)
        {
            _calls.Add(new SystemCall(
                call.Groups["name"].Value, Plain(call.Groups["file"].Value), BetweenBuffers().Replace(call.Groups["rest"].Value, ""), began, ended,
                !text.Contains("= -1 ", StringComparison.Ordinal)));
        }
    }

    /// <summary>With -xx some versions print paths as hex, too.</summary>
    private static string Plain(string path) =>
        HexOctet().Replace(path, m => ((char)int.Parse(m.Groups[1].Value, NumberStyles.HexNumber, CultureInfo.InvariantCulture)).ToString());

    [GeneratedRegex(@"^(?<thread>\d+) +(?<text>\w+\(.*) <unfinished \.\.\.>$")]
    private static partial Regex Unfinished();

    [GeneratedRegex(@"^(?<thread>\d+) +<\.\.\. \w+ resumed>(?<text>.*)$")]
    private static partial Regex Resumed();

    [GeneratedRegex(@"^\d+ +(?<text>\w+\(.*)$")]
    private static partial Regex Whole();

    [GeneratedRegex(@"^(?<name>\w+)\(\d+<(?<file>[^>]*)>(?<rest>.*)$")]
    private static partial Regex Call();

    [GeneratedRegex("\", iov_len=\\d+\\}, \\{iov_base=\"")]
    private static partial Regex BetweenBuffers();

    [GeneratedRegex(@"\\x([0-9a-f]{2})")]
    private static partial Regex HexOctet();
}
