namespace AmqpBroker.HistoryCheck;

/// <summary>Requests that are answered, and definitions.</summary>
public sealed partial class Checker
{
    private static readonly State There = new("there");

    private void Ask(HistoryLine line)
    {
        string channel = line[2];
        var question = new Question(_line, channel);
        if (!_questions.TryAdd(line.Id(1), question))
        {
            throw new HistoryFormatException(_line, "That number was asked before.");
        }

        switch (line[3])
        {
            case "declare":
                Declare(question, FindDefinition(line, line[4], line[5]));
                break;
            case "delete":
                Delete(question, FindDefinition(line, line[4], line[5]));
                break;
            case "purge":
                question.Promises = Purge(channel, FindDefinition(line, "queue", line[4])) ? _line : 0;
                break;
            case "commit":
                question.Promises = Commit(channel) ? _line : 0;
                break;
            default:
                throw new HistoryFormatException(_line, $"Nobody asks for '{line[3]}'.");
        }
    }

    private void Declare(Question question, Definition definition)
    {
        bool made = definition.Fate.Apply(_line, OrderOf(question.Channel), s => s.Place is null ? There : null);
        if (definition.Durable)
        {
            // Where it was there before, the answer promises what its making did.
            question.Promises = made ? _line : _serial ? definition.Fate.Paths.Min(p => p.Changes[^1].At) : 0;
        }
    }

    private void Delete(Question question, Definition definition)
    {
        definition.Fate.Apply(_line, OrderOf(question.Channel), _ => State.Nowhere);
        if (definition.Kind == "queue")
        {
            foreach (Copy copy in _active)
            {
                copy.Fate.Apply(_line, OrderOf(question.Channel), s => s.Place == definition.Name ? State.Nowhere : null);
            }
        }

        question.Promises = definition.Durable ? _line : 0;
    }

    private bool Purge(string channel, Definition queue)
    {
        bool durable = false;
        foreach (Copy copy in _active.Where(c => c.Out is null))
        {
            bool changed = copy.Fate.Apply(_line, OrderOf(channel), s => s.Place == queue.Name ? State.Nowhere : null);
            durable |= changed && copy.Message.Persistent && queue.Durable && copy.Fate.Paths.All(p => p.Changes[^1].At == _line);
        }

        return durable;
    }

    private void Answer(HistoryLine line)
    {
        if (_questions.Remove(line.Id(1), out Question? question))
        {
            PromiseDurable(question.Channel, question.Promises);
        }
        else
        {
            Report(Kinds.Answer, $"request {line[1]} was answered and was not asked, or answered before");
        }
    }

    private void SeeDefinition(Definition definition, bool there)
    {
        string? wrong = definition.Fate.See(_line, s => (s.Place is not null) == there, () => there ? There : State.Nowhere);
        if (wrong is not null)
        {
            string kind = wrong.Length > 0 ? wrong : there ? Kinds.Undead : Kinds.Missing;
            Report(kind, $"{definition} is {(there ? "there" : "missing")}");
        }
    }

    private void ExpectAnswers()
    {
        foreach ((long number, Question question) in _questions)
        {
            Report(Kinds.Unanswered, $"request {number} of line {question.Line}");
        }

        _questions.Clear();
        foreach (Message message in _messages.Values.Where(m => m is { Awaited: true, Answered: false }))
        {
            message.Answered = true;
            Report(Kinds.Unanswered, $"message {message.Id} of line {message.Line} was neither confirmed nor refused");
        }
    }
}
