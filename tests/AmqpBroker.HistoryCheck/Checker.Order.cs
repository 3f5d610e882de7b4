namespace AmqpBroker.HistoryCheck;

/// <summary>
/// The order in which messages leave a queue. What one request sets free goes to several channels, whose deliveries are seen
/// one channel after the other: so in a serial history the order is judged when the next request comes. The messages of a
/// transaction come before what it gives back.
/// </summary>
public sealed partial class Checker
{
    private readonly Dictionary<(string Queue, string From, string To), int> _lastSeen = [];
    private readonly List<Departure> _departures = [];

    /// <summary>A delivery since the last request.</summary>
    private sealed record Departure(int Line, Copy Copy, string Queue, string Channel, Change Arrival)
    {
        internal int Since => Arrival.State.Since;
    }

    private static bool IsAnswer(string what) => what is "deliver" or "confirm" or "refuse" or "ok" or "return" or "empty";

    private void NoteOrder(Copy copy, Definition queue, string channel, int deaths, bool redelivered)
    {
        if (deaths > 0)
        {
            return;
        }

        Change arrival = copy.Fate.Paths[0].Changes.First(c => c.State.Place == queue.Name);
        if (_serial)
        {
            _departures.Add(new Departure(_line, copy, queue.Name, channel, arrival));
            return;
        }

        // One publisher's messages come to one consumer in their order, those left out that came back.
        (string, string, string) way = (queue.Name, copy.Message.Channel, channel);
        if (!redelivered)
        {
            if (_lastSeen.GetValueOrDefault(way) > arrival.State.Since)
            {
                Report(Kinds.Order, $"{copy} was delivered from {queue.Name} after a later one of its channel");
            }

            _lastSeen[way] = arrival.State.Since;
        }
    }

    /// <summary>What was delivered since the last request stood before all that stayed, and went to each channel in order.</summary>
    private void CheckOrder()
    {
        for (int i = 0; i < _departures.Count; i++)
        {
            Departure departure = _departures[i];
            Copy? passed = _departures.Take(i).FirstOrDefault(d => d.Channel == departure.Channel
                && d.Queue == departure.Queue && d.Since > departure.Since && !CameBackWith(departure.Copy, d))?.Copy;
            if (passed is not null)
            {
                ReportOrder(departure.Line, passed, departure.Queue, departure.Copy);
                continue;
            }

            passed = _active.Find(c => c.Out is null
                && c != departure.Copy
                && c.Fate.IsCertainly(s => s.Place == departure.Queue && s.Deaths == 0 && s.Since < departure.Since && s.Deadline > _now)
                && !CameBackWith(c, departure));
            if (passed is not null)
            {
                ReportOrder(departure.Line, departure.Copy, departure.Queue, passed);
            }
        }

        _departures.Clear();
    }

    /// <summary>The transaction that sent the one gave the other back.</summary>
    private static bool CameBackWith(Copy back, Departure sent) =>
        back.Fate.Paths.Any(p => p.Changes.Any(c => c.At == sent.Arrival.At && c.State.Returns > 0));

    private void ReportOrder(int line, Copy early, string queue, Copy late) =>
        _violations.Add(new Violation(line, Kinds.Order, $"{early} was delivered from {queue} before {late}"));
}
