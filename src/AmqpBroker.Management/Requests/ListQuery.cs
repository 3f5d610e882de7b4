using System.Globalization;
using System.Text.RegularExpressions;
using AmqpBroker.Core.Snapshots;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace AmqpBroker.Management.Requests;

/// <summary>What a request's query asks of a list: a page of it, names, an order, and which fields.</summary>
internal sealed class ListQuery
{
    /// <summary>As for RabbitMQ.</summary>
    private const int DefaultPageSize = 100;

    /// <summary>As for RabbitMQ: more at once is what lists without pages are for.</summary>
    private const int MaxPageSize = 500;

    /// <summary>Columns and sort fields beyond this are nobody's; each costs time for each item.</summary>
    private const int MaxFields = 200;

    /// <summary>A pattern's automaton takes memory in proportion to its length.</summary>
    private const int MaxPatternLength = 1000;

    private readonly Regex? _pattern;
    private readonly string? _part;

    private ListQuery(ListQuery other)
    {
        Columns = other.Columns;
        Sort = other.Sort;
        Reverse = other.Reverse;
        DisableStats = other.DisableStats;
        EnableQueueTotals = other.EnableQueueTotals;
    }

    private ListQuery(IQueryCollection query)
    {
        Columns = Fields(query, "columns");
        Sort = Fields(query, "sort");
        Reverse = query["sort_reverse"] == "true";
        DisableStats = query["disable_stats"] == "true";
        EnableQueueTotals = query["enable_queue_totals"] == "true";
        if (!query.TryGetValue("page", out StringValues page))
        {
            return;
        }

        int? size = query.TryGetValue("page_size", out StringValues text) ? Number(text) : null;
        Page = Number(page);
        PageSize = size ?? DefaultPageSize;
        if (Page < 1 || PageSize is < 1 or > MaxPageSize)
        {
            throw new ApiException(
                StatusCodes.Status400BadRequest,
                "invalid_pagination_parameters",
                $"Invalid pagination parameters: page number {Page}, page size {size?.ToString(CultureInfo.InvariantCulture) ?? "undefined"}");
        }

        string name = query["name"].ToString();
        if (name.Length > 0 && query["use_regex"] == "true")
        {
            _pattern = Compile(name);
        }
        else if (name.Length > 0)
        {
            _part = name;
        }
    }

    /// <summary>The page that is asked for, from 1 on; null: everything.</summary>
    public int? Page { get; private init; }

    /// <summary>Items on a page.</summary>
    public int PageSize { get; } = DefaultPageSize;

    /// <summary>Which fields to give, as paths; null: all.</summary>
    public string[][]? Columns { get; }

    /// <summary>What to order by, as paths; null: the order of the list.</summary>
    public string[][]? Sort { get; }

    /// <summary>The other way round.</summary>
    public bool Reverse { get; }

    /// <summary>Only what things are, no figures.</summary>
    public bool DisableStats { get; }

    /// <summary>Counts of messages although there are no other figures.</summary>
    public bool EnableQueueTotals { get; }

    /// <summary>Names are chosen.</summary>
    public bool HasFilter => _pattern is not null || _part is not null;

    /// <summary>What the order of queues is by, if that is names or one of a few figures; null: something else.</summary>
    public QueueFigure? QueueOrder => Sort switch
    {
        null or [] or [["name"]] => QueueFigure.None,
        [["messages"]] => QueueFigure.Messages,
        [["messages_ready"]] => QueueFigure.Ready,
        [["messages_unacknowledged"]] => QueueFigure.Unacked,
        [["message_bytes_ready"]] => QueueFigure.ReadyBytes,
        [["consumers"]] => QueueFigure.Consumers,
        _ => null,
    };

    /// <summary>What the request asks for.</summary>
    /// <exception cref="ApiException">400: there are no such pages, or the pattern is none.</exception>
    public static ListQuery Of(HttpContext http) => new(http.Request.Query);

    /// <summary>Whether a name is among those that are chosen. Case does not matter, as for RabbitMQ.</summary>
    public bool Chooses(string name) =>
        _pattern is not null ? _pattern.IsMatch(name) : _part is null || name.Contains(_part, StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether the item at this place, of those that are chosen, is on the page.</summary>
    public bool IsOnPage(int place) => Page is not { } page || ((long)place >= (long)(page - 1) * PageSize && place < (long)page * PageSize);

    /// <summary>The part of a list that is the page.</summary>
    /// <exception cref="ApiException">400: the list has no such page.</exception>
    public Range RangeOf(int count)
    {
        if (Page is not { } page)
        {
            return Range.All;
        }

        long first = (long)(page - 1) * PageSize;
        return first < count || page == 1
            ? (int)first..(int)Math.Min(count, first + PageSize)
            : throw new ApiException(
                StatusCodes.Status400BadRequest, "page_out_of_range", $"Page out of range, page: {page} page size: {PageSize}, len: {count}");
    }

    /// <summary>The same for a list that has no pages.</summary>
    public ListQuery WithoutPages() => new(this) { Page = null };

    private static string[][]? Fields(IQueryCollection query, string name)
    {
        if (!query.TryGetValue(name, out StringValues text))
        {
            return null;
        }

        string[] fields = text.ToString().Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return fields.Length <= MaxFields
            ? [.. fields.Select(static field => field.Split('.'))]
            : throw ApiException.BadRequest($"more than {MaxFields} {name}");
    }

    private static int Number(StringValues text) =>
        int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number) ? number : throw Invalid();

    private static Regex Compile(string pattern)
    {
        try
        {
            return pattern.Length <= MaxPatternLength
                ? new Regex(pattern, RegexOptions.NonBacktracking | RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)
                : throw Invalid();
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            throw Invalid();
        }
    }

    private static ApiException Invalid() => ApiException.BadRequest("Pagination parameters are invalid");
}
