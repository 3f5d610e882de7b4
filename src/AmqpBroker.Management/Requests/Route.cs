namespace AmqpBroker.Management.Requests;

/// <summary>A method and a path with gaps for names, and who answers them.</summary>
internal sealed class Route
{
    private readonly string[] _segments;
    private readonly int _gaps;

    /// <param name="template">As in "/api/queues/{vhost}"; the gaps' names are for the reader.</param>
    /// <param name="answer">Writes the answer, or throws <see cref="ApiException"/>.</param>
    /// <param name="method">The HTTP method; who serves GET serves HEAD.</param>
    public Route(string template, Func<ApiRequest, Task> answer, string method = "GET")
    {
        Method = method;
        _segments = template[1..].Split('/');
        _gaps = _segments.Count(IsGap);
        Answer = answer;
    }

    /// <summary>The HTTP method.</summary>
    public string Method { get; }

    /// <summary>Writes the answer.</summary>
    public Func<ApiRequest, Task> Answer { get; }

    /// <summary>Its bodies bring messages or definitions, and may be large.</summary>
    public bool TakesLargeBodies { get; init; }

    /// <summary>It is answered without a login.</summary>
    public bool IsOpen { get; init; }

    /// <summary>The names in the gaps; null when the path is another.</summary>
    public string[]? Match(ReadOnlySpan<string> path)
    {
        if (path.Length != _segments.Length)
        {
            return null;
        }

        var names = new string[_gaps];
        int next = 0;
        for (int i = 0; i < path.Length; i++)
        {
            if (IsGap(_segments[i]))
            {
                names[next++] = path[i];
            }
            else if (_segments[i] != path[i])
            {
                return null;
            }
        }

        return names;
    }

    private static bool IsGap(string segment) => segment.StartsWith('{');
}
