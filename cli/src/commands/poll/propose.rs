//! `aiq poll propose | withdraw`.

use aiq_server::api::{NewQuorum, PollView};
use aiq_verifier::log::Act;
use aiq_verifier::poll::{Decision, Enactment, PollId, PollReward, PollRule, SealedBy};
use aiq_verifier::proposal::{DraftSealing, PollDraft, WithdrawnBy};
use aiq_verifier::receipt::Receipt;
use aiq_verifier::standard::Reward;
use rand::RngCore;
use rand::rngs::OsRng;
use serde::Serialize;

use super::super::{Context, Session, token};
use super::describe::describe_poll;
use super::draft::{rule, threshold};
use super::enact::enactment;
use crate::args::{PollDraftArgs, PollWithdrawArgs, SealingArgs};
use crate::error::CliError;
use crate::member::{check_poll, describe};
use crate::sync::check_identity;
use crate::time;

/// Seconds from now on in which a proposal can be taken back, if nothing else was typed.
const OPENS_AFTER: u32 = 3_600;

pub fn propose(context: &Context, mut args: PollDraftArgs) -> Result<(), CliError> {
    #[derive(Serialize)]
    struct Out<'a> {
        poll: &'a PollView,
        proving_ms: Option<u128>,
    }
    let rule = rule(&args)?;
    let Session { mut member, ledger, provers, progress } = context.session()?;
    let enactment = enactment(member.client(), &mut args)?;
    let members = ledger.head().checkpoint.member_count();
    let draft = draft(args, rule, enactment, member.info().now, members)?;
    let proposed =
        member.propose(&ledger, &provers, &draft, &|crowd| context.warn_of_small_crowd(crowd), progress.as_ref())?;
    let data = Out { poll: &proposed.poll, proving_ms: proposed.proving.map(|time| time.as_millis()) };
    context.output.result(&data, |out, paint| {
        writeln!(out, "{}, by a member whom nobody can name", paint.green("Proposed"))?;
        for held in &proposed.selected {
            writeln!(out, "  rests on  {}", describe(held, member.domains()))?;
        }
        describe_poll(out, paint, &proposed.poll)?;
        let opens = time::moment(proposed.poll.definition.opens_at);
        writeln!(out, "Until {opens} you can take it back: aiq poll withdraw {}", proposed.poll.definition.id)
    })?;
    Ok(())
}

/// What the proposal says; the quorum as a number, `members` being those of the newest epoch.
fn draft(
    args: PollDraftArgs,
    rule: PollRule,
    enactment: Option<Enactment>,
    now: u32,
    members: u64,
) -> Result<PollDraft, CliError> {
    let mut id = [0; PollId::LENGTH];
    OsRng.fill_bytes(&mut id);
    let threshold = threshold(&args);
    let quorum = match args.quorum {
        None => 0,
        Some(NewQuorum::Ballots(ballots)) => ballots,
        Some(NewQuorum::Members(share)) => u32::try_from(share.of(members)).unwrap_or(u32::MAX),
    };
    let SealingArgs { unsealed, ceremony, floor, reasons } = args.sealing;
    let trustees = ceremony.map_or(SealedBy::Service, SealedBy::Ceremony);
    let closes_at = time::parse_moment(&args.closes, now)?;
    let validity = args.reward_validity;
    let reward = args.reward.map(|(domain, weight)| {
        let expires_at = Reward { weight, validity }.note(domain, closes_at).expires_at;
        PollReward { domain, weight, expires_at }
    });
    Ok(PollDraft {
        id: PollId::new(id),
        question: args.question,
        options: args.options,
        rule,
        decision: Decision { quorum, threshold, tie_break: args.ties },
        menu: args.menu,
        opens_at: args.opens.map_or(Ok(now.saturating_add(OPENS_AFTER)), |opens| time::parse_moment(&opens, now))?,
        closes_at,
        sealing: (!unsealed).then_some(DraftSealing { trustees, floor, reasons }),
        enactment,
        reward,
    })
}

pub fn withdraw(context: &Context, args: &PollWithdrawArgs) -> Result<(), CliError> {
    #[derive(Serialize)]
    struct Out<'a> {
        poll: &'a PollId,
        receipt: &'a Receipt,
    }
    let id = &args.id;
    let settings = context.settings()?;
    let (definition, receipt) = if args.admin {
        let client = token::client(&settings, &args.token)?;
        let info = client.info()?;
        let deployment = check_identity(client.base(), &info, None)?;
        let poll = client.poll(id)?;
        let scope = check_poll(&poll, id, &deployment)?;
        let by = WithdrawnBy::Administrator {};
        let receipt = client.withdraw_poll(id, &by)?;
        let act = Act::PollWithdrawal { scope, by };
        receipt.verify_for(&info.genesis.log_key, &deployment, act).map_err(crate::member::MemberError::from)?;
        (poll.definition, receipt)
    } else {
        context.member(&settings, None)?.withdraw_poll(id)?
    };
    context.output.result(&Out { poll: id, receipt: &receipt }, |out, paint| {
        writeln!(
            out,
            "{} '{}': nobody can join or vote any more, and nothing follows",
            paint.green("Withdrawn"),
            definition.question
        )
    })?;
    Ok(())
}
