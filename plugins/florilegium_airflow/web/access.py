"""
Who may do what, as Airflow's own auth manager says.

==========  ================================  ==================================
here        Airflow asks for                  simple auth manager
==========  ================================  ==================================
reader      the website                       viewer, user, op, admin
reviewer    to change task instances of the   user, op, admin
            DAG that answers questions
operator    to change pools                   op, admin
==========  ================================  ==================================
"""

from dataclasses import dataclass
from typing import Annotated

from airflow.api_fastapi.app import get_auth_manager
from airflow.api_fastapi.auth.managers.models.resource_details import (
    AccessView,
    DagAccessEntity,
    DagDetails,
    PoolDetails,
)
from airflow.api_fastapi.core_api.security import GetUserDep
from fastapi import Depends, HTTPException, status

__all__ = ["Operator", "Person", "Reader", "Reviewer", "operator", "reader", "reviewer"]

#: Reviewing changes what this DAG brings forth.
_REVIEWED_DAG = DagDetails(id="answer_questions")


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Whoever is signed in to Airflow."""

    name: str
    may_review: bool
    may_operate: bool


def reader(user: GetUserDep) -> Person:
    """
    Let those in who may see Airflow's website.

    Raises:
        HTTPException: 401 for nobody, from Airflow; 403 for those who may not.
    """
    manager = get_auth_manager()
    if not manager.is_authorized_view(access_view=AccessView.WEBSITE, user=user):
        raise HTTPException(status.HTTP_403_FORBIDDEN, "You may not see these pages.")
    return Person(
        name=user.get_name(),
        may_review=manager.is_authorized_dag(
            method="PUT",
            access_entity=DagAccessEntity.TASK_INSTANCE,
            details=_REVIEWED_DAG,
            user=user,
        ),
        may_operate=manager.is_authorized_pool(method="PUT", details=PoolDetails(), user=user),
    )


Reader = Annotated[Person, Depends(reader)]


def reviewer(person: Reader) -> Person:
    """
    Let those in who may label.

    Raises:
        HTTPException: 403 for a viewer.
    """
    if not person.may_review:
        raise HTTPException(status.HTTP_403_FORBIDDEN, "Reviewing needs the role user.")
    return person


def operator(person: Reader) -> Person:
    """
    Let those in who may have work done again.

    Raises:
        HTTPException: 403 for a viewer or user.
    """
    if not person.may_operate:
        raise HTTPException(status.HTTP_403_FORBIDDEN, "Trying again needs the role op.")
    return person


Reviewer = Annotated[Person, Depends(reviewer)]
Operator = Annotated[Person, Depends(operator)]
