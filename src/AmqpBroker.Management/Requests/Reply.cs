using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using AmqpBroker.Management.Model;
using Microsoft.AspNetCore.Http;

namespace AmqpBroker.Management.Requests;

/// <summary>Writes answers.</summary>
internal static class Reply
{
    /// <summary>So much of an answer is gathered before it is sent on.</summary>
    private const int FlushBytes = 64 * 1024;

    /// <summary>Quotes and brackets as people write them: answers are JSON, whatever a browser makes of them.</summary>
    public static readonly JsonWriterOptions Format = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>One object, with its length; of a good answer those fields that the query names.</summary>
    public static Task ObjectAsync<T>(ApiRequest request, T value, JsonTypeInfo<T> type, int status = StatusCodes.Status200OK) =>
        status == StatusCodes.Status200OK && ListQuery.Of(request.Http).Columns is { } columns
            ? BytesAsync(request.Http, Pick(value, type, columns), status, request.Cancellation)
            : BytesAsync(request.Http, Whole(value, type), status, request.Cancellation);

    /// <summary>A list of any length: sent while it is written, and never whole in memory.</summary>
    public static Task ListAsync<T>(ApiRequest request, IEnumerable<T> values, JsonTypeInfo<T> type) =>
        ListAsync(request, ListQuery.Of(request.Http), values, type, nameOf: null);

    /// <summary>The same for a list that pages can be asked of.</summary>
    /// <param name="request">The request.</param>
    /// <param name="values">All there is, in the order that it has without a wish for another.</param>
    /// <param name="type">How an item is written.</param>
    /// <param name="nameOf">The name that is looked at when names are chosen.</param>
    public static Task PagedAsync<T>(ApiRequest request, IEnumerable<T> values, JsonTypeInfo<T> type, Func<T, string> nameOf) =>
        ListAsync(request, ListQuery.Of(request.Http), values, type, nameOf);

    /// <summary>A page that was cut out already, or a whole list that was sorted already.</summary>
    public static async Task PageAsync<T>(ApiRequest request, ListQuery query, Page<T> page, JsonTypeInfo<T> type)
    {
        HttpContext http = request.Http;
        http.Response.ContentType = "application/json";
        await using var writer = new Utf8JsonWriter(http.Response.BodyWriter, Format);
        if (query.Page is { } number)
        {
            writer.WriteStartObject();
            writer.WriteNumber("filtered_count", page.Filtered);
            writer.WriteNumber("item_count", page.Items.Count);
            writer.WritePropertyName("items");
            await ItemsAsync(request, writer, page.Items, type, query.Columns).ConfigureAwait(false);
            writer.WriteNumber("page", number);
            writer.WriteNumber("page_count", (page.Filtered + query.PageSize - 1) / query.PageSize);
            writer.WriteNumber("page_size", query.PageSize);
            writer.WriteNumber("total_count", page.Total);
            writer.WriteEndObject();
        }
        else
        {
            await ItemsAsync(request, writer, page.Items, type, query.Columns).ConfigureAwait(false);
        }

        await writer.FlushAsync(request.Cancellation).ConfigureAwait(false);
    }

    /// <summary>Something was put: 201 if it is new, else 204; nothing is sent with it.</summary>
    public static Task Put(ApiRequest request, bool isNew)
    {
        request.Http.Response.StatusCode = isNew ? StatusCodes.Status201Created : StatusCodes.Status204NoContent;
        if (isNew)
        {
            request.Http.Response.ContentLength = 0;
        }

        return Task.CompletedTask;
    }

    /// <summary>Something was deleted, or changed without a word.</summary>
    public static Task Deleted(ApiRequest request)
    {
        request.Http.Response.StatusCode = StatusCodes.Status204NoContent;
        return Task.CompletedTask;
    }

    /// <summary>Why there is no other answer.</summary>
    public static Task ErrorAsync(HttpContext http, int status, ErrorJson error, CancellationToken cancellation) =>
        BytesAsync(http, Whole(error, ManagementJson.Default.ErrorJson), status, cancellation);

    private static async Task ListAsync<T>(
        ApiRequest request, ListQuery query, IEnumerable<T> values, JsonTypeInfo<T> type, Func<T, string>? nameOf)
    {
        T[] all = [.. values];
        int total = all.Length;
        if (query.HasFilter && nameOf is not null)
        {
            all = [.. all.Where(value => query.Chooses(nameOf(value)))];
        }

        all = Sort(all, query, type);
        Range range = nameOf is null ? Range.All : query.RangeOf(all.Length);
        // RabbitMQ gives no pages of lists without names: then they are whole, whatever the query says.
        await PageAsync(request, nameOf is null ? query.WithoutPages() : query, new Page<T>(all[range], all.Length, total), type).ConfigureAwait(false);
    }

    private static T[] Sort<T>(T[] values, ListQuery query, JsonTypeInfo<T> type)
    {
        if (query.Sort is { Length: > 0 } fields)
        {
            var keyed = new (JsonElement?[] Keys, T Value)[values.Length];
            for (int i = 0; i < values.Length; i++)
            {
                JsonElement json = JsonSerializer.SerializeToElement(values[i], type);
                keyed[i] = ([.. fields.Select(field => JsonFields.Find(json, field)?.Clone())], values[i]);
            }

            // A stable order: what is equal stays as it was.
            values = [.. keyed.Order(Comparer<(JsonElement?[] Keys, T Value)>.Create(static (a, b) => Compare(a.Keys, b.Keys))).Select(static k => k.Value)];
        }

        if (query.Reverse)
        {
            Array.Reverse(values);
        }

        return values;
    }

    private static int Compare(JsonElement?[] a, JsonElement?[] b)
    {
        for (int i = 0; i < a.Length; i++)
        {
            if (JsonFields.Compare(a[i], b[i]) is not 0 and int order)
            {
                return order;
            }
        }

        return 0;
    }

    private static async Task ItemsAsync<T>(
        ApiRequest request, Utf8JsonWriter writer, IReadOnlyCollection<T> items, JsonTypeInfo<T> type, string[][]? columns)
    {
        writer.WriteStartArray();
        foreach (T item in items)
        {
            if (columns is null)
            {
                JsonSerializer.Serialize(writer, item, type);
            }
            else
            {
                JsonFields.Write(writer, JsonSerializer.SerializeToElement(item, type), columns);
            }

            if (writer.BytesPending > FlushBytes)
            {
                await writer.FlushAsync(request.Cancellation).ConfigureAwait(false);
            }
        }

        writer.WriteEndArray();
    }

    private static byte[] Whole<T>(T value, JsonTypeInfo<T> type)
    {
        using var bytes = new MemoryStream();
        using (var writer = new Utf8JsonWriter(bytes, Format))
        {
            JsonSerializer.Serialize(writer, value, type);
        }

        return bytes.ToArray();
    }

    private static byte[] Pick<T>(T value, JsonTypeInfo<T> type, string[][] columns)
    {
        using var bytes = new MemoryStream();
        using (var writer = new Utf8JsonWriter(bytes, Format))
        {
            JsonFields.Write(writer, JsonSerializer.SerializeToElement(value, type), columns);
        }

        return bytes.ToArray();
    }

    private static async Task BytesAsync(HttpContext http, byte[] json, int status, CancellationToken cancellation)
    {
        http.Response.StatusCode = status;
        http.Response.ContentType = "application/json";
        http.Response.ContentLength = json.Length;
        await http.Response.Body.WriteAsync(json, cancellation).ConfigureAwait(false);
    }
}
